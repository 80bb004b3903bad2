BEGIN TRANSACTION;
CREATE TABLE weft_audit (
	number BIGINT NOT NULL, 
	at DOUBLE NOT NULL, 
	run_id VARCHAR(128) NOT NULL, 
	entry TEXT NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (number)
)
 WITHOUT ROWID

;
CREATE TABLE weft_audit_head (
	place INTEGER NOT NULL, 
	number BIGINT NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (place)
);
INSERT INTO "weft_audit_head" VALUES(1,0,'0000000000000000000000000000000000000000000000000000000000000000');
CREATE TABLE weft_buckets (
	bucket VARCHAR(64) NOT NULL, 
	clock VARCHAR(64) NOT NULL, 
	at DOUBLE NOT NULL, 
	level DOUBLE NOT NULL, 
	full_at DOUBLE NOT NULL, 
	PRIMARY KEY (bucket)
);
CREATE TABLE weft_data (
	run_id VARCHAR(128) NOT NULL, 
	name TEXT NOT NULL, 
	part BIGINT NOT NULL, 
	body BLOB NOT NULL, 
	PRIMARY KEY (run_id, name, part), 
	FOREIGN KEY(run_id) REFERENCES weft_runs (run_id)
);
CREATE TABLE weft_events (
	run_id VARCHAR(128) NOT NULL, 
	seq BIGINT NOT NULL, 
	epoch BIGINT NOT NULL, 
	at DOUBLE NOT NULL, 
	kind VARCHAR(64) NOT NULL, 
	instance TEXT, 
	attempt INTEGER, 
	payload TEXT NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (run_id, seq), 
	FOREIGN KEY(run_id) REFERENCES weft_runs (run_id)
)
 WITHOUT ROWID

;
INSERT INTO "weft_events" VALUES('loops',1,1,1795209579.63859,'RunCreated',NULL,NULL,'{"spec":"365c73404f96534984a6f0c0614268c3502aaa41b252f2c32ce7966ce4c954e7","inputs":{},"attempt":1,"folder":"/tmp/weft-golden"}','b54de5970e31326dc2e85272afea6658e949e871d3ef812aa71780a37ff7fde0');
INSERT INTO "weft_events" VALUES('loops',2,1,1.79520957964218568804e+09,'LoopExpanded','squares',NULL,'{"items":[1,2,3]}','ab67557e7467fc5327ff89a57dd97fb9d7e5f7976e4603275947c8e6412e1c08');
INSERT INTO "weft_events" VALUES('loops',3,1,1.79520957964223432544e+09,'LoopExpanded','named',NULL,'{"items":[{"name":"a/b","items":[1,2]},{"name":"with \"quotes\"","items":[3]}],"keys":["a/b","with \"quotes\""]}','14db1190a5693a0a88f2003573c17a4bd4af26df920bbcd5395ceef52f225ec1');
INSERT INTO "weft_events" VALUES('loops',4,1,1.79520957964225769043e+09,'LoopExpanded','tolerant',NULL,'{"items":[1,2,3]}','45f6fd13ed9e220e7463b5cfabd176de29e1a65bdd8f8bcf87f6e229d22be7b9');
INSERT INTO "weft_events" VALUES('loops',5,1,1.7952095796422698498e+09,'LoopExpanded','broken_off',NULL,'{"items":[1,2,3,4]}','8bfbc679e088ade447ee64de8cccb65c025423929f7d1ed0d6dc5432352e6ab3');
INSERT INTO "weft_events" VALUES('loops',6,1,1.79520957964227890969e+09,'StepStarted','named["a/b"]',1,'{}','bd764adfb551849dec5ff7f47240bd7e76662e9746f0ea1b45ed3c22668277a5');
INSERT INTO "weft_events" VALUES('loops',7,1,1.79520957964229726797e+09,'StepStarted','tolerant[0]',1,'{}','a6be16418dd75d91d4c755051efbd9b188e43b21cf855cbc75ba832177ee8abc');
INSERT INTO "weft_events" VALUES('loops',8,1,1.79520957964232134819e+09,'LoopExpanded','named["a/b"]/each',NULL,'{"items":[1,2]}','62dba57fc5102a272294d361ad16889533774b1f7debae78be91fcfa27a11c49');
INSERT INTO "weft_events" VALUES('loops',9,1,1.79520957964234948158e+09,'StepSkipped','tolerant[0]/two',NULL,'{"reason":"condition is false","answer":false}','aa567094fe8a688aea6289bf362ae6be4768ab2d4a45a81305393bc351a3ce69');
INSERT INTO "weft_events" VALUES('loops',10,1,1.79520957964237546917e+09,'StepSettled','tolerant[0]',1,'{"status":"succeeded"}','d2502ac5e212f3314c9bf2cefbf2a748239458e6efbe5fa03fafb05d1dc0ff35');
INSERT INTO "weft_events" VALUES('loops',11,1,1.79520957964237904552e+09,'StepStarted','tolerant[1]',1,'{}','3d90ae382776c3ea4b3d8877600f5490610268abb2db7e2d820d6368e1089359');
INSERT INTO "weft_events" VALUES('loops',12,1,1.79520957964244890206e+09,'StepStarted','squares[0]',1,'{"with":{"n":1}}','0dc776d25626063846b817add03851253288b9a3486cf2732d5bbac366591d89');
INSERT INTO "weft_events" VALUES('loops',13,1,1.79520957964247274401e+09,'StepStarted','broken_off[0]',1,'{"with":{"v":1}}','82750f63d9ffd31c3488c3c37b6fbe3c48a7651089bc3e1f76c1bca80bf4bbe1');
INSERT INTO "weft_events" VALUES('loops',14,1,1.7952095796424872875e+09,'StepStarted','named["a/b"]/each[0]',1,'{"with":{"v":1}}','143feefcf77405cbe6842d165e9972aaca72715bf8e6dfc3c32760d78b5b1e11');
INSERT INTO "weft_events" VALUES('loops',15,1,1.7952095796424949169e+09,'StepStarted','tolerant[1]/two',1,'{"answer":true}','bbf4ba50ba82417fd8cbeb29fd92e59cf2d9307daa91832607e27b6d7e1a0611');
INSERT INTO "weft_events" VALUES('loops',16,1,1.79520957964362621304e+09,'StepSucceeded','squares[0]',1,'{"data":{"n":1},"metadata":{"call_id":"squares[0]#1","from_cache":false}}','167ff60c76e100b84cd58a16fad6a55f8c73968950833a10d2f75e900454ac50');
INSERT INTO "weft_events" VALUES('loops',17,1,1.79520957964365458488e+09,'StepSucceeded','broken_off[0]',1,'{"data":{"v":1},"metadata":{"call_id":"broken_off[0]#1","from_cache":false}}','dea7af210fb3eaf1488e33e61469c1604cced8ecab289c74a043f341329ac9c1');
INSERT INTO "weft_events" VALUES('loops',18,1,1.79520957964366531371e+09,'StepSucceeded','named["a/b"]/each[0]',1,'{"data":{"v":1},"metadata":{"call_id":"named[\"a/b\"]/each[0]#1","from_cache":false}}','c83e6c7c12a1acf134f12bac33f5e414b3480c365c5db04a28c4946186b88fcb');
INSERT INTO "weft_events" VALUES('loops',19,1,1.79520957964367818826e+09,'StepFailed','tolerant[1]/two',1,'{"error":{"type":"failed","code":null,"message":"two","hint":null}}','d2800640f4aca7f26f4f71019590f64548f9ca05e6c5748ecec06b6e290ec879');
INSERT INTO "weft_events" VALUES('loops',20,1,1.79520957964372444154e+09,'LoopTested','broken_off[0]',NULL,'{"answer":false}','14dc9b347076a7f523d15ecc06b2d1020834a4fa1718f870442c6dea830bca00');
INSERT INTO "weft_events" VALUES('loops',21,1,1.7952095796437356472e+09,'StepSettled','tolerant[1]',1,'{"status":"failed","error":{"step":"tolerant[1]/two","type":"failed","code":null,"message":"two","hint":null}}','9a5623f5333ee087d9cbdc1ae3532644d3722924f6060089bc3756452da594cb');
INSERT INTO "weft_events" VALUES('loops',22,1,1.79520957964374017713e+09,'StepStarted','tolerant[2]',1,'{}','c2af4326c2bc494e34a24ca0a48497412671af1cf2b12c5b6ee13dee33c2502c');
INSERT INTO "weft_events" VALUES('loops',23,1,1.79520957964376354221e+09,'StepSkipped','tolerant[2]/two',NULL,'{"reason":"condition is false","answer":false}','68db76b8b1458b5d2c207ac45520dc144b188a5f1248f633b4f4df1b3b2f6f15');
INSERT INTO "weft_events" VALUES('loops',24,1,1.79520957964377713203e+09,'StepSettled','tolerant[2]',1,'{"status":"succeeded"}','f520a27810f6ac5f29e35aa64807e258a41b9a322f9be7bfa518e28f1acb2a39');
INSERT INTO "weft_events" VALUES('loops',25,1,1.79520957964377951619e+09,'StepSettled','tolerant',NULL,'{"status":"succeeded"}','578fd882b2e85fe55a872edd1d58a6b05d53817f56fad2e8d02813720193dfb3');
INSERT INTO "weft_events" VALUES('loops',26,1,1795209579.6438,'StepStarted','squares[1]',1,'{"with":{"n":4}}','6c4d90592470f245d8256eeb39c1ee11cd94c6af80c0f5b38bdf0784664523b5');
INSERT INTO "weft_events" VALUES('loops',27,1,1.79520957964381909369e+09,'StepStarted','named["a/b"]/each[1]',1,'{"with":{"v":2}}','1a7c0f22c7842e3b282e294cf901cb0d8e7fe9d15c6b2d8ab5aee7ad1a107854');
INSERT INTO "weft_events" VALUES('loops',28,1,1795209579.64383,'StepStarted','broken_off[1]',1,'{"with":{"v":2}}','58f395928f22a5a9a1e11067cbd8192363de146f0c1ac833e7e168cf06832c7a');
INSERT INTO "weft_events" VALUES('loops',29,1,1.7952095796445817947e+09,'StepSucceeded','squares[1]',1,'{"data":{"n":4},"metadata":{"call_id":"squares[1]#1","from_cache":false}}','983b016b268cce638a858a92c0f7644f04af7b89ba0ace841f8a61bfdac2a47e');
INSERT INTO "weft_events" VALUES('loops',30,1,1.79520957964460039137e+09,'StepSucceeded','named["a/b"]/each[1]',1,'{"data":{"v":2},"metadata":{"call_id":"named[\"a/b\"]/each[1]#1","from_cache":false}}','b912436440bc270d7fe8f2b28da40bc79d1f179f3fed2758f78ed77ad6cc12a2');
INSERT INTO "weft_events" VALUES('loops',31,1,1.79520957964461612705e+09,'StepSucceeded','broken_off[1]',1,'{"data":{"v":2},"metadata":{"call_id":"broken_off[1]#1","from_cache":false}}','8cd85189d4b4c89e10554d809c205a6a315b7055eb0ae3db531c5569b2aa88eb');
INSERT INTO "weft_events" VALUES('loops',32,1,1.79520957964468431469e+09,'StepSettled','named["a/b"]/each',NULL,'{"status":"succeeded"}','b0b91022153d0e5643b6bfc44e41fbde2180c2d97599399e48f1f63460df01f6');
INSERT INTO "weft_events" VALUES('loops',33,1,1.7952095796446876526e+09,'StepSettled','named["a/b"]',1,'{"status":"succeeded"}','23ef2fc42f476791fefd43380e3d92a8b99d9fe7ed4d68a3e31a625959e06877');
INSERT INTO "weft_events" VALUES('loops',34,1,1.79520957964469122887e+09,'StepStarted','named["with \"quotes\""]',1,'{}','ab60fc804b1384770f02eced775e3e2afc093d1b12614737147b8294216022e5');
INSERT INTO "weft_events" VALUES('loops',35,1,1.79520957964472079276e+09,'LoopTested','broken_off[1]',NULL,'{"answer":true}','36d74a55d8a65384496eade9d6f14659b84ffa05711617c1b8f4231a0df04a74');
INSERT INTO "weft_events" VALUES('loops',36,1,1.79520957964475202559e+09,'LoopExpanded','named["with \"quotes\""]/each',NULL,'{"items":[3]}','a50c83d41efbe2662065668c97e6d666eb652d31f7a6401d08834eeb891611b5');
INSERT INTO "weft_events" VALUES('loops',37,1,1.79520957964476561541e+09,'StepSettled','broken_off',NULL,'{"status":"succeeded"}','738e9f05687b0355dc177e204e9aaedb04523c8fa282b135457c1c42c0680bf6');
INSERT INTO "weft_events" VALUES('loops',38,1,1.79520957964478063582e+09,'StepStarted','squares[2]',1,'{"with":{"n":9}}','fd399ae501cf9d42d8f966d107dd281ecbcdd3b48159c02273c156362220d8f1');
INSERT INTO "weft_events" VALUES('loops',39,1,1.79520957964479422564e+09,'StepStarted','named["with \"quotes\""]/each[0]',1,'{"with":{"v":3}}','9c8e492a2116f9bdcd0ea843083086ff11b1fdaf5ab33dae30b4113e57315536');
INSERT INTO "weft_events" VALUES('loops',40,1,1.79520957964536404614e+09,'StepSucceeded','squares[2]',1,'{"data":{"n":9},"metadata":{"call_id":"squares[2]#1","from_cache":false}}','215f8a869f971182ab0a53738d7f5507b856d7d26fad14c509b9e1e89b7b6ec3');
INSERT INTO "weft_events" VALUES('loops',41,1,1.79520957964537954329e+09,'StepSucceeded','named["with \"quotes\""]/each[0]',1,'{"data":{"v":3},"metadata":{"call_id":"named[\"with \\\"quotes\\\"\"]/each[0]#1","from_cache":false}}','37b258fc7e755ac91c5ea75b5c30d74732d9e4e72500e220e6f49de84dc14270');
INSERT INTO "weft_events" VALUES('loops',42,1,1.7952095796454031468e+09,'StepSettled','squares',NULL,'{"status":"succeeded"}','841c7d3568b08788fcea4179b1bf4e41d74efacfecb1dbd658416c0ae8fc68b8');
INSERT INTO "weft_events" VALUES('loops',43,1,1.79520957964540648459e+09,'StepSettled','named["with \"quotes\""]/each',NULL,'{"status":"succeeded"}','2a2968eb344c9e211ff2b5f6c3b84f9d6f321657c306d8712ce5eefcc0a9c7fb');
INSERT INTO "weft_events" VALUES('loops',44,1,1.79520957964540815352e+09,'StepSettled','named["with \"quotes\""]',1,'{"status":"succeeded"}','3950a46f521e51ddcbb092b493ba90fe041a7856313e381bde7ac6e0e4c8f9c1');
INSERT INTO "weft_events" VALUES('loops',45,1,1.79520957964541029924e+09,'StepSettled','named',NULL,'{"status":"succeeded"}','a5071752f19acc745b2ed3904293530f85c10c8e10fd3a8aab2d7c7540a69cc8');
INSERT INTO "weft_events" VALUES('loops',46,1,1.79520957964541530609e+09,'RunFinished',NULL,NULL,'{"status":"succeeded","outputs":{}}','98ed41b36bf5b7793a55226bcfc76edc5e6870721d5e9c2430d9eb6286ca510c');
CREATE TABLE weft_inbox (
	run_id VARCHAR(128) NOT NULL, 
	number BIGINT NOT NULL, 
	kind VARCHAR(64) NOT NULL, 
	name TEXT, 
	payload TEXT NOT NULL, 
	at DOUBLE NOT NULL, 
	taken BIGINT, 
	PRIMARY KEY (run_id, number), 
	FOREIGN KEY(run_id) REFERENCES weft_runs (run_id)
)
 WITHOUT ROWID

;
CREATE TABLE weft_leases (
	run_id VARCHAR(128) NOT NULL, 
	epoch BIGINT NOT NULL, 
	clock VARCHAR(64) NOT NULL, 
	until DOUBLE NOT NULL, 
	PRIMARY KEY (run_id), 
	FOREIGN KEY(run_id) REFERENCES weft_runs (run_id)
);
CREATE TABLE weft_quarantine (
	run_id VARCHAR(128) NOT NULL, 
	at DOUBLE NOT NULL, 
	reason TEXT NOT NULL, 
	PRIMARY KEY (run_id), 
	FOREIGN KEY(run_id) REFERENCES weft_runs (run_id)
);
CREATE TABLE weft_results (
	"key" VARCHAR(64) NOT NULL, 
	space VARCHAR(64) NOT NULL, 
	made_at DOUBLE NOT NULL, 
	until DOUBLE NOT NULL, 
	used_at DOUBLE NOT NULL, 
	text TEXT NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY ("key")
);
CREATE TABLE weft_results_begun (
	"key" VARCHAR(64) NOT NULL, 
	run_id VARCHAR(128) NOT NULL, 
	epoch BIGINT NOT NULL, 
	holder TEXT NOT NULL, 
	PRIMARY KEY ("key")
);
CREATE TABLE weft_run_values (
	run_id VARCHAR(128) NOT NULL, 
	inputs TEXT NOT NULL, 
	outputs TEXT, 
	error TEXT, 
	PRIMARY KEY (run_id), 
	FOREIGN KEY(run_id) REFERENCES weft_runs (run_id)
);
INSERT INTO "weft_run_values" VALUES('loops','{}','{}',NULL);
CREATE TABLE weft_runs (
	run_id VARCHAR(128) NOT NULL, 
	workflow TEXT NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	spec_hash VARCHAR(128) NOT NULL, 
	created_at DOUBLE NOT NULL, 
	started_at DOUBLE, 
	finished_at DOUBLE, 
	attempt INTEGER NOT NULL, 
	epoch BIGINT NOT NULL, 
	owner TEXT, 
	last_seq BIGINT NOT NULL, 
	last_hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (run_id), 
	CONSTRAINT weft_runs_status CHECK (status IN ('pending','running','waiting','succeeded','failed','partial_failure','cancelled')), 
	FOREIGN KEY(spec_hash) REFERENCES weft_specs (hash)
)
 WITHOUT ROWID

;
INSERT INTO "weft_runs" VALUES('loops','loops','succeeded','365c73404f96534984a6f0c0614268c3502aaa41b252f2c32ce7966ce4c954e7',1795209579.63859,1795209579.63859,1.79520957964541530609e+09,1,1,NULL,46,'98ed41b36bf5b7793a55226bcfc76edc5e6870721d5e9c2430d9eb6286ca510c');
CREATE TABLE weft_salt (
	name VARCHAR(32) NOT NULL, 
	value VARCHAR(128) NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE weft_schema (
	version INTEGER NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	PRIMARY KEY (version)
);
INSERT INTO "weft_schema" VALUES(1,'runs_and_events');
INSERT INTO "weft_schema" VALUES(2,'templates');
INSERT INTO "weft_schema" VALUES(3,'ownership');
INSERT INTO "weft_schema" VALUES(4,'large_data');
INSERT INTO "weft_schema" VALUES(5,'audit');
INSERT INTO "weft_schema" VALUES(6,'sharing');
CREATE TABLE weft_spans_owed (
	run_id VARCHAR(128) NOT NULL, 
	at DOUBLE NOT NULL, 
	PRIMARY KEY (run_id)
);
CREATE TABLE weft_specs (
	hash VARCHAR(128) NOT NULL, 
	name TEXT NOT NULL, 
	text TEXT NOT NULL, 
	path TEXT, 
	extra TEXT NOT NULL, 
	PRIMARY KEY (hash)
);
INSERT INTO "weft_specs" VALUES('365c73404f96534984a6f0c0614268c3502aaa41b252f2c32ce7966ce4c954e7','loops','weft: 1
name: loops
mode: dag
steps:
  - id: squares
    foreach: [1, 2, 3]
    tool: echo
    with: {n: $<item * item>}
  - id: named
    foreach: {in: [{name: a/b, items: [1, 2]}, {name: ''with "quotes"'', items: [3]}], key: item.name}
    steps:
      - id: each
        foreach: $<item["items"]>
        tool: echo
        with: {v: $<item>}
  - id: tolerant
    foreach: {in: [1, 2, 3], tolerate: 1}
    steps:
      - {id: two, when: item == 2, tool: fail, with: {message: two}}
  - id: broken_off
    foreach: {in: [1, 2, 3, 4], concurrency: 1, break_when: last.v == 2}
    tool: echo
    with: {v: $<item>}
','loops.weft.yaml','{"project_dir":"/tmp/weft-golden","form":"yaml"}');
CREATE TABLE weft_templates (
	name VARCHAR(128) NOT NULL, 
	hash VARCHAR(128) NOT NULL, 
	place BIGINT NOT NULL, 
	added_at DOUBLE NOT NULL, 
	text TEXT NOT NULL, 
	path TEXT, 
	extra TEXT NOT NULL, 
	PRIMARY KEY (name, hash), 
	CONSTRAINT weft_templates_order UNIQUE (name, place)
);
CREATE INDEX weft_runs_by_status ON weft_runs (status, created_at);
CREATE INDEX weft_runs_by_age ON weft_runs (created_at, run_id);
CREATE INDEX weft_results_by_age ON weft_results (until);
CREATE INDEX weft_results_by_use ON weft_results (space, used_at);
COMMIT;
