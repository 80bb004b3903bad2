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
INSERT INTO "weft_events" VALUES('killed',1,1,1.7952095820723912716e+09,'RunCreated',NULL,NULL,'{"spec":"8a04d05bb941961f3d7f1f917b3638a452e69243f6f9c3d164605e60cbf0d132","inputs":{},"attempt":1,"folder":"/tmp/weft-golden"}','379ecfff056deab790222fe7f82c5a9cf9109b902c371fa30978be73d3bfebec');
INSERT INTO "weft_events" VALUES('killed',2,1,1.79520958207826161387e+09,'StepStarted','group',1,'{}','924aebc6170ff1315e9a500246b442f9c4a66879eef3e35663142eca0dacb1ef');
INSERT INTO "weft_events" VALUES('killed',3,1,1.79520958207833218576e+09,'LoopExpanded','group/each',NULL,'{"items":[1,2,3]}','97533bfb573f39744d454a0fe0af98050f511c9d486d827efcb1615a56f57fd5');
INSERT INTO "weft_events" VALUES('killed',4,1,1.79520958207836794852e+09,'StepStarted','group/each[0]',1,'{}','44c724662425c201ea6ec504582190b45beb0ae2c8fbdff3f912bcf3ef1ef837');
INSERT INTO "weft_events" VALUES('killed',5,1,1.79520958207840085028e+09,'StepStarted','group/beside',1,'{}','8cb1ce4887522e3f391c18a0e5e64a75e4456b3275944fa39fc3b9cc239d1405');
INSERT INTO "weft_events" VALUES('killed',6,1,1.79520958207851696018e+09,'StepStarted','group/each[0]/quick',1,'{"with":{"n":1}}','1ce2979ddf8558e0f739d8923995cf8fd343281d539de1f0e1b700b6fda321cc');
INSERT INTO "weft_events" VALUES('killed',7,1,1.79520958208036756514e+09,'StepSucceeded','group/beside',1,'{"data":{"n":4},"metadata":{"call_id":"group/beside#1","from_cache":false}}','19c8743aff6221022178592ef7df456fe15ca395e2657e3b9f33fcdb3b3cd1f1');
INSERT INTO "weft_events" VALUES('killed',8,1,1.79520958208040523531e+09,'StepSucceeded','group/each[0]/quick',1,'{"data":{"n":1},"metadata":{"call_id":"group/each[0]/quick#1","from_cache":false}}','b6849463e45ccde98dc2f3f311170519f9e377f4e26015a1d69bec57202323e7');
INSERT INTO "weft_events" VALUES('killed',9,1,1.79520958208046364779e+09,'StepSkipped','group/each[0]/slow',NULL,'{"reason":"condition is false","answer":false}','eeb7c7ae7e5b0a9b9008204e4da948310ce3e0544e0657dcdbc14cda94d4a843');
INSERT INTO "weft_events" VALUES('killed',10,1,1.79520958208048772813e+09,'StepSettled','group/each[0]',1,'{"status":"succeeded"}','1ac99230e4697dac7fb582ad791a540026000cebbaae039b2a0ba52de9d042d4');
INSERT INTO "weft_events" VALUES('killed',11,1,1.79520958208049464218e+09,'StepStarted','group/each[1]',1,'{}','08f89c82af2358905012cfad22fdb060d8e184e76cc9d71ad94a658544e7c7ec');
INSERT INTO "weft_events" VALUES('killed',12,1,1.79520958208053350445e+09,'StepStarted','group/each[1]/quick',1,'{"with":{"n":2}}','586b5d7a4aaa0be3450b0705e8dc3efcb7379e6bc1b2e6c95ff534d2978ed3a9');
INSERT INTO "weft_events" VALUES('killed',13,1,1.79520958208157134063e+09,'StepSucceeded','group/each[1]/quick',1,'{"data":{"n":2},"metadata":{"call_id":"group/each[1]/quick#1","from_cache":false}}','6e1f6938b235d0f071e4d58c7893893255919ee226dea27acc90b91f947f7c45');
INSERT INTO "weft_events" VALUES('killed',14,1,1.79520958208163452151e+09,'StepStarted','group/each[1]/slow',1,'{"answer":true}','ce628456dd986fb751c97ea3a7ba7e6a8aae6dea6a129619be85d4dc9b924275');
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
INSERT INTO "weft_run_values" VALUES('killed','{}',NULL,NULL);
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
INSERT INTO "weft_runs" VALUES('killed','killed','running','8a04d05bb941961f3d7f1f917b3638a452e69243f6f9c3d164605e60cbf0d132',1.7952095820723912716e+09,1.7952095820723912716e+09,NULL,1,1,NULL,14,'ce628456dd986fb751c97ea3a7ba7e6a8aae6dea6a129619be85d4dc9b924275');
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
INSERT INTO "weft_specs" VALUES('8a04d05bb941961f3d7f1f917b3638a452e69243f6f9c3d164605e60cbf0d132','killed','weft: 1
name: killed
mode: dag
steps:
  - id: group
    mode: parallel
    steps:
      - id: each
        foreach: {in: [1, 2, 3], concurrency: 1}
        steps:
          - {id: quick, tool: echo, with: {n: $<item>}}
          - {id: slow, when: item == 2, tool: sleep, with: {seconds: 0.5}}
      - {id: beside, tool: echo, with: {n: 4}}
    finally:
      - {id: tidy, tool: echo, with: {tidied: true}}
  - {id: after, needs: [group], tool: echo, with: {n: 5}}
outputs:
  n: $<step_after_result.n>
','killed.weft.yaml','{"project_dir":"/tmp/weft-golden","form":"yaml"}');
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
CREATE INDEX weft_runs_by_age ON weft_runs (created_at, run_id);
CREATE INDEX weft_runs_by_status ON weft_runs (status, created_at);
CREATE INDEX weft_results_by_use ON weft_results (space, used_at);
CREATE INDEX weft_results_by_age ON weft_results (until);
COMMIT;
