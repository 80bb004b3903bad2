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
INSERT INTO "weft_events" VALUES('sub-workflow',1,1,1.79520957973792624467e+09,'RunCreated',NULL,NULL,'{"spec":"9746023e39ceb00d81d9c911c54e7f8423666e7215a124d6cfd3f8afa5f1a59f","inputs":{},"attempt":1,"folder":"/tmp/weft-golden"}','a8c7a2f3e8996d7f18e2b6df842fc1aaf072e0c5dcfa9f92a858e62057d7f601');
INSERT INTO "weft_events" VALUES('sub-workflow',2,1,1.79520957974180078503e+09,'StepStarted','one',1,'{}','efb7cf0fdd3df0755504163ffc3ff351eda68a6ca0985ead14a1367eb687d0d9');
INSERT INTO "weft_events" VALUES('sub-workflow',3,1,1.79520957974181461338e+09,'StepStarted','one/(workflow)',1,'{}','81c4b4cdfda2f4e23063fedc50d5bd438bcc87020f2a1372498893c711b76bc7');
INSERT INTO "weft_events" VALUES('sub-workflow',4,1,1.79520957974188017846e+09,'StepStarted','one/twice',1,'{"with":{"n":8}}','c4ca0477ba3c85d341de7637c5c73fcbc49e69c56b32ee01d9c3bdae22e8528d');
INSERT INTO "weft_events" VALUES('sub-workflow',5,1,1.79520957974264216416e+09,'StepSucceeded','one/twice',1,'{"data":{"n":8},"metadata":{"call_id":"one/twice#1","from_cache":false}}','c42801d299cdc698e1346cb72fa9fb2c5e7951f98f59d2e2eb9419c5dec0dda3');
INSERT INTO "weft_events" VALUES('sub-workflow',6,1,1.79520957974269914627e+09,'StepStarted','one/wait',1,'{}','d06d08bcd4973e07e107aed395d44e37788ae09fb062ff245253432ffb846958');
INSERT INTO "weft_events" VALUES('sub-workflow',7,1,1.79520957974434566505e+09,'StepSucceeded','one/wait',1,'{"data":{"slept":0.001},"metadata":{"call_id":"one/wait#1","from_cache":false}}','7e64e9e11db9033c8ab191f9aeda26b0569502b177bcb367d8fed37390669ba9');
INSERT INTO "weft_events" VALUES('sub-workflow',8,1,1.79520957974439477914e+09,'StepSucceeded','one/(workflow)',1,'{"data":{"n":8}}','2f0a1bc63f637deffa2ea4db3c61acc9e694bd6b1a6be4dbebae1db4132ab454');
INSERT INTO "weft_events" VALUES('sub-workflow',9,1,1.79520957974441456792e+09,'StepSettled','one',1,'{"status":"succeeded"}','c9fe7229c4fcf801c9c1b28e525b78e55d44050f616372b3cb9b69a411285dc6');
INSERT INTO "weft_events" VALUES('sub-workflow',10,1,1.79520957974444222452e+09,'LoopExpanded','each',NULL,'{"items":[1,2]}','8201b4c005b369a48787dee864a5bf4a369d3457068f05add7d9ae654dfbf64c');
INSERT INTO "weft_events" VALUES('sub-workflow',11,1,1.79520957974451303481e+09,'StepStarted','each[0]',1,'{"with":{"n":1}}','9e37e5307e03244245920c35029db01c45c00d9af78f299f5a4e733fd31dd72e');
INSERT INTO "weft_events" VALUES('sub-workflow',12,1,1.79520957974452710151e+09,'StepStarted','each[0]/(workflow)',1,'{}','7972444e14aa02dcd896962c3c58e0e0c5d49de2812f9ce795ac82c3561349e8');
INSERT INTO "weft_events" VALUES('sub-workflow',13,1,1.79520957974455618857e+09,'StepStarted','each[0]/twice',1,'{"with":{"n":2}}','85b5e42c7d86ce9560767f899d7af81e256f10497a253b033ee7d6847f1f64ef');
INSERT INTO "weft_events" VALUES('sub-workflow',14,1,1.79520957974508833885e+09,'StepSucceeded','each[0]/twice',1,'{"data":{"n":2},"metadata":{"call_id":"each[0]/twice#1","from_cache":false}}','c54a7da43c3c7590978aa43483d53da30cc2904605f6be11ddc6976d7830f6c5');
INSERT INTO "weft_events" VALUES('sub-workflow',15,1,1.79520957974512124057e+09,'StepStarted','each[0]/wait',1,'{}','8a531a09d268369307cf9467fabc5342d08fd7e201c399c253c4359b82d5aff3');
INSERT INTO "weft_events" VALUES('sub-workflow',16,1,1.79520957974664831157e+09,'StepSucceeded','each[0]/wait',1,'{"data":{"slept":0.001},"metadata":{"call_id":"each[0]/wait#1","from_cache":false}}','59c1f400acafdac4b30dcb4e0349328c13c951ece3790f899dbeb54c59d4b580');
INSERT INTO "weft_events" VALUES('sub-workflow',17,1,1.79520957974668478969e+09,'StepSucceeded','each[0]/(workflow)',1,'{"data":{"n":2}}','76adc39be62d3b632eb8e5e1703acb5b044fe0bdc29571f49be97531a1386fc0');
INSERT INTO "weft_events" VALUES('sub-workflow',18,1,1.79520957974670076367e+09,'StepSettled','each[0]',1,'{"status":"succeeded"}','4612742bd0b3f202f786e8731cb19b5fe7be21536c2ece2e71d922a8a6854dca');
INSERT INTO "weft_events" VALUES('sub-workflow',19,1,1.79520957974673700334e+09,'StepStarted','each[1]',1,'{"with":{"n":2}}','33c1920e482709daf797d721d5584bc0a4780b75bdad10436c5ef3d282a66467');
INSERT INTO "weft_events" VALUES('sub-workflow',20,1,1795209579.74675,'StepStarted','each[1]/(workflow)',1,'{}','ba45a15825a03021eda17efe331285bcf8d8140a93a3e280a592cd8198a99228');
INSERT INTO "weft_events" VALUES('sub-workflow',21,1,1.79520957974677252766e+09,'StepStarted','each[1]/twice',1,'{"with":{"n":4}}','a4cbdd2e1a25e113aed68156cc5250348d9635af7133dc079c845b274119610a');
INSERT INTO "weft_events" VALUES('sub-workflow',22,1,1.79520957974726819996e+09,'StepSucceeded','each[1]/twice',1,'{"data":{"n":4},"metadata":{"call_id":"each[1]/twice#1","from_cache":false}}','1397ee73dd47a14d8fa6f0b11a6c5ec6bf0d96a86f657fbe7cbd066e0981970c');
INSERT INTO "weft_events" VALUES('sub-workflow',23,1,1.7952095797472968101e+09,'StepStarted','each[1]/wait',1,'{}','22e4b2e7243e70868dfa70da253bebe636d82d2251aabc6ed78aef3aff20ae83');
INSERT INTO "weft_events" VALUES('sub-workflow',24,1,1.7952095797494015694e+09,'StepSucceeded','each[1]/wait',1,'{"data":{"slept":0.001},"metadata":{"call_id":"each[1]/wait#1","from_cache":false}}','8803d7d17d5adccd5650b3f5e464ab6823f2f8db1f98f1d264f6104b2190c0e8');
INSERT INTO "weft_events" VALUES('sub-workflow',25,1,1.79520957974943447116e+09,'StepSucceeded','each[1]/(workflow)',1,'{"data":{"n":4}}','92d06c1f8c7e853641b993d47aec530dd44b34a26e684edc79f5a2dffa459ed6');
INSERT INTO "weft_events" VALUES('sub-workflow',26,1,1.79520957974945068354e+09,'StepSettled','each[1]',1,'{"status":"succeeded"}','d1ae718b0f90b5478e1e3e2a1d6c9f5479b4c68e7388be5749061a5604d4aab1');
INSERT INTO "weft_events" VALUES('sub-workflow',27,1,1.79520957974945402149e+09,'StepSettled','each',NULL,'{"status":"succeeded"}','345dd4ae62785e9fa52d3e5cc6c86d40ba8d38099c897ba25694ebd92d1dd2fc');
INSERT INTO "weft_events" VALUES('sub-workflow',28,1,1.79520957974947714804e+09,'RunFinished',NULL,NULL,'{"status":"succeeded","outputs":{"n":8}}','2730406f686384c30e7d8e79c73627f655de02af15d2b9b5562ae6fa2f2d5739');
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
INSERT INTO "weft_run_values" VALUES('sub-workflow','{}','{"n":8}',NULL);
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
INSERT INTO "weft_runs" VALUES('sub-workflow','sub-workflow','succeeded','9746023e39ceb00d81d9c911c54e7f8423666e7215a124d6cfd3f8afa5f1a59f',1.79520957973792624467e+09,1.79520957973792624467e+09,1.79520957974947714804e+09,1,1,NULL,28,'2730406f686384c30e7d8e79c73627f655de02af15d2b9b5562ae6fa2f2d5739');
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
INSERT INTO "weft_specs" VALUES('9746023e39ceb00d81d9c911c54e7f8423666e7215a124d6cfd3f8afa5f1a59f','sub-workflow','weft: 1
name: sub-workflow
steps:
  - {id: one, workflow: ./child.weft.yaml, with: {n: 4}}
  - id: each
    foreach: [1, 2]
    workflow: ./child.weft.yaml
    with: {n: $<item>}
outputs:
  n: $<step_one_result.n>
','sub-workflow.weft.yaml','{"project_dir":"/tmp/weft-golden","form":"yaml","called":{"child.weft.yaml":"weft: 1\nname: child\ninputs:\n  n: {type: integer}\nsteps:\n  - {id: twice, tool: echo, with: {n: $<inputs.n * 2>}}\n  - {id: wait, tool: sleep, with: {seconds: 0.001}}\noutputs:\n  n: $<step_twice_result.n>\n"}}');
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
