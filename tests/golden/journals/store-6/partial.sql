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
INSERT INTO "weft_events" VALUES('partial',1,1,1.79520957980528855324e+09,'RunCreated',NULL,NULL,'{"spec":"8fac0be2c55fd1ee13162d3ec8e3d3e34370f3f2eb14afe5f793d7ad512c112e","inputs":{},"attempt":1,"folder":"/tmp/weft-golden"}','2199305ec709bcb0f535cd08c530589c2579c6255a27fb3e871eab2b379837ab');
INSERT INTO "weft_events" VALUES('partial',2,1,1.79520957981100964546e+09,'StepStarted','group',1,'{}','7d218ac55a9e882656cde01ec533c9db22d9b21ce98c36b9d146c5d9fdbc96a9');
INSERT INTO "weft_events" VALUES('partial',3,1,1.79520957981103491778e+09,'StepStarted','good',1,'{}','ac288caee4bff10e85d333f1cec35ddd8ac3182dfe34542dc15587e554af4ce6');
INSERT INTO "weft_events" VALUES('partial',4,1,1.79520957981105899812e+09,'StepStarted','slow',1,'{}','68fd3ac57e8e0ee1e3cc81d7201a942a70cdf450815567ed72dca5c4cc4ae8a4');
INSERT INTO "weft_events" VALUES('partial',5,1,1.7952095798110978604e+09,'StepStarted','group/kept',1,'{}','3e9ee23cccab0a3dec3a762f411532874acd3e52d6316f8c2694501958ba6328');
INSERT INTO "weft_events" VALUES('partial',6,1,1.7952095798111057281e+09,'StepStarted','group/fails',1,'{}','3fde3568bd671e119de2b6c3475995ca257380b993d01d12a0b7aa1cfa783799');
INSERT INTO "weft_events" VALUES('partial',7,1,1.79520957981185889243e+09,'StepSucceeded','good',1,'{"data":{"n":1},"metadata":{"call_id":"good#1","from_cache":false}}','2251ef32f86ce83079b9277a398c176db37dccbd05d23fbd9fcbfc026c530b12');
INSERT INTO "weft_events" VALUES('partial',8,1,1.79520957981188678748e+09,'StepSucceeded','group/kept',1,'{"data":{"n":2},"metadata":{"call_id":"group/kept#1","from_cache":false}}','de3bc5f50219d656fb8a549e8e44b08f3ae9d07da0bbf116d64a29d9b9226f98');
INSERT INTO "weft_events" VALUES('partial',9,1,1.79520957981189560885e+09,'StepFailed','group/fails',1,'{"error":{"type":"failed","code":null,"message":"each time","hint":null}}','43a6ca33baa50a0ab511bf15b67250dfddbfe51ef616b11668fc52e3c8269d2b');
INSERT INTO "weft_events" VALUES('partial',10,1,1.79520957981193041803e+09,'StepFailed','group',1,'{"error":{"step":"group/fails","type":"failed","code":null,"message":"each time","hint":null},"retry_in":0.000787,"retry_at":1795209579.8127172}','8b3fd517578a91eb5af6e56cda086aa300316a9bf4339c6dbc6873ae12754145');
INSERT INTO "weft_events" VALUES('partial',11,1,1.79520957981360101702e+09,'StepStarted','group',2,'{}','98b2bf30378f2ae37ff87cdddc7ab4fce0fcc6b6236ec3763683b3dae11e5d56');
INSERT INTO "weft_events" VALUES('partial',12,1,1.79520957981362557411e+09,'StepStarted','group/fails',2,'{}','2fd025a0e3df8e54c42b8e42a1dde98e6f320e5740b0728f321e16c2ec05f017');
INSERT INTO "weft_events" VALUES('partial',13,1,1.7952095798147068024e+09,'StepFailed','group/fails',2,'{"error":{"type":"failed","code":null,"message":"each time","hint":null}}','91ef8f1568124230ce961726db6d207359240b1ed274fdef59578de0742f27aa');
INSERT INTO "weft_events" VALUES('partial',14,1,1.7952095798147387505e+09,'StepFailed','group',2,'{"error":{"step":"group/fails","type":"failed","code":null,"message":"each time","hint":null}}','34ca1b4a5a4e2d99aabe1f8a4d610c991b47ed68fc7d58f5b5b622b04706c0f2');
INSERT INTO "weft_events" VALUES('partial',15,1,1.79520957983241343501e+09,'StepFailed','slow',1,'{"error":{"type":"timeout","code":"step timeout","message":"took longer than its timeout of 0.02s","hint":null},"timed_out":true}','9bc201875f5d540c449fe2373b1600a5273d6e94d1c63a118f1d9e1917ab3a11');
INSERT INTO "weft_events" VALUES('partial',16,1,1.79520957983251142498e+09,'StepSkipped','behind',NULL,'{"reason":"upstream_failed","cause":"slow"}','81b6a2b8bd3ea10f795480bdc7697f4849c81a26da319b7acea0dab193b4b3f9');
INSERT INTO "weft_events" VALUES('partial',17,1,1.79520957983252024648e+09,'RunFinished',NULL,NULL,'{"status":"partial_failure","outputs":{},"error":{"step":"slow","type":"timeout","code":"step timeout","message":"took longer than its timeout of 0.02s","hint":null}}','c81a58df4795dda7c6fb9eff738ddcde75c36fc441f83f837a633843a21da933');
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
INSERT INTO "weft_run_values" VALUES('partial','{}','{}','{"step":"slow","type":"timeout","code":"step timeout","message":"took longer than its timeout of 0.02s","hint":null}');
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
INSERT INTO "weft_runs" VALUES('partial','partial','partial_failure','8fac0be2c55fd1ee13162d3ec8e3d3e34370f3f2eb14afe5f793d7ad512c112e',1.79520957980528855324e+09,1.79520957980528855324e+09,1.79520957983252024648e+09,1,1,NULL,17,'c81a58df4795dda7c6fb9eff738ddcde75c36fc441f83f837a633843a21da933');
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
INSERT INTO "weft_specs" VALUES('8fac0be2c55fd1ee13162d3ec8e3d3e34370f3f2eb14afe5f793d7ad512c112e','partial','weft: 1
name: partial
mode: dag
steps:
  - {id: good, tool: echo, with: {n: 1}}
  - {id: slow, timeout: 20ms, tool: sleep, with: {seconds: 5}}
  - {id: behind, needs: [slow], tool: echo}
  - id: group
    retry: {attempts: 2, delay: 1ms, errors: [failed]}
    mode: parallel
    steps:
      - {id: kept, tool: echo, with: {n: 2}}
      - {id: fails, tool: fail, with: {message: each time}}
','partial.weft.yaml','{"project_dir":"/tmp/weft-golden","form":"yaml"}');
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
