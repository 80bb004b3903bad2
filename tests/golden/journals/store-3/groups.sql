BEGIN TRANSACTION;
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
INSERT INTO "weft_events" VALUES('groups',1,1,1.79519844206112790105e+09,'RunCreated',NULL,NULL,'{"spec":"bbc411f1f232a04a0fa8209cf16381b5be4b94148cb513fe65d68c28c0b5e0ac","inputs":{},"attempt":1,"folder":"/tmp/weft-golden"}','19f79b3cbbce49734f825f590b1f48a2df2fa1ecb6d2a3b508835362571ff15f');
INSERT INTO "weft_events" VALUES('groups',2,1,1.79519844206423139572e+09,'StepStarted','sides',1,'{}','eecb02eb021f11ab386f1afedc184ede47d7173bbcaa46c9e2822cf33cfb751d');
INSERT INTO "weft_events" VALUES('groups',3,1,1.79519844206425333021e+09,'StepStarted','sides/right',1,'{}','8ccc064f963c4f557b3473e8bde65c37e4ef46df941568e5aa342837c3267172');
INSERT INTO "weft_events" VALUES('groups',4,1,1.79519844206427359577e+09,'StepStarted','handled',1,'{}','77567121a1fcc80ef9d4bec1021e3c2c9130eded889e4a1387255d311a7ad9e6');
INSERT INTO "weft_events" VALUES('groups',5,1,1.79519844206428933145e+09,'StepStarted','sides/left',1,'{}','6e91edd5cbaa19ac1fa3a11d9518ab4a4cb882e041659df601548998246bc284');
INSERT INTO "weft_events" VALUES('groups',6,1,1.79519844206429743764e+09,'StepStarted','sides/right/inner',1,'{}','96b276b4f3c95e917ca234c6a370f33bf766f9d3b72948edda8f49fe269e6659');
INSERT INTO "weft_events" VALUES('groups',7,1,1.79519844206516647339e+09,'StepFailed','handled',1,'{"error":{"type":"failed","code":null,"message":"on purpose","hint":null}}','3ef1d68c0b8ac53482bba2a203171598ac1d29a68e7ed5100bc0c0a7d05b16d1');
INSERT INTO "weft_events" VALUES('groups',8,1,1.79519844206519532201e+09,'StepSucceeded','sides/left',1,'{"data":{"n":1},"metadata":{"call_id":"sides/left#1","from_cache":false}}','bebb8807c3f692e07e02137869524caf3ea8d8a2b70f2d936348e7429f8284c4');
INSERT INTO "weft_events" VALUES('groups',9,1,1.79519844206520652772e+09,'StepSucceeded','sides/right/inner',1,'{"data":{"n":2},"metadata":{"call_id":"sides/right/inner#1","from_cache":false}}','45fa5b8f8d9dbb003289e7fca3ef87cd1860b594e8cbcd15daa7bc242bd6872d');
INSERT INTO "weft_events" VALUES('groups',10,1,1.7951984420652301311e+09,'StepStarted','alarm',1,'{}','0f25d41259118e88d6de6a0e132911328bb9c9f0ac1de42b39c90684d09b079b');
INSERT INTO "weft_events" VALUES('groups',11,1,1.79519844206526231773e+09,'StepStarted','sides/right/deeper',1,'{"with":{"n":2}}','a6dee839334ef2b60049aed52b3f80731f29fef860451e5608e0087548c7ae13');
INSERT INTO "weft_events" VALUES('groups',12,1,1.79519844206568098066e+09,'StepSucceeded','alarm',1,'{"data":{"told":true},"metadata":{"call_id":"alarm#1","from_cache":false}}','9a92103a677cfc083b8ec8aa03877b229e90aa1a03142c24c7eb38f9e18d8b79');
INSERT INTO "weft_events" VALUES('groups',13,1,1.79519844206569242472e+09,'StepSucceeded','sides/right/deeper',1,'{"data":{"n":2},"metadata":{"call_id":"sides/right/deeper#1","from_cache":false}}','333927d1e61a91fff27afef5ffcf94d603f5fd851beb6492c503fd999468d238');
INSERT INTO "weft_events" VALUES('groups',14,1,1.79519844206571316715e+09,'StepSettled','sides/right',1,'{"status":"succeeded"}','0c90f1ce6ebb463b796a8abd7e000d78921c4d83a0d11722a68e979a81e5ec80');
INSERT INTO "weft_events" VALUES('groups',15,1,1.79519844206575155255e+09,'StepSucceeded','sides',1,'{"data":{"sum":3}}','395477e2414953e6d6ecb673ae1197ff7205e74da345daa8c969819fc39ed7e9');
INSERT INTO "weft_events" VALUES('groups',16,1,1.79519844206576204299e+09,'StepStarted','choice',1,'{}','0c0b3ef555e246066e6185c79249fe5b960d8711f2584f3ccbf302d6cb521243');
INSERT INTO "weft_events" VALUES('groups',17,1,1.79519844206579089161e+09,'StepSkipped','choice/small',NULL,'{"reason":"condition is false","answer":false}','ca097f2c711c50f735b0a52c7aecc14c78ebd88a7f075a82fa165213e1246fa4');
INSERT INTO "weft_events" VALUES('groups',18,1,1.79519844206581592567e+09,'StepStarted','choice/large',1,'{"answer":true}','13d742752a2fd990e68a028fcad7cdef7ddcad1a50b965004f6d58ba5880c2cb');
INSERT INTO "weft_events" VALUES('groups',19,1,1.79519844206618690496e+09,'StepSucceeded','choice/large',1,'{"data":{"size":"large"},"metadata":{"call_id":"choice/large#1","from_cache":false}}','2bd085af85f20ba4f1bf9886bfe64adf565a73346181809149b36b363bdbf923');
INSERT INTO "weft_events" VALUES('groups',20,1,1.79519844206620311733e+09,'StepSettled','choice',1,'{"status":"succeeded"}','77636639b51d49d90e37bbfdfc20012f6bb9958097157bfb84d230c57632fec9');
INSERT INTO "weft_events" VALUES('groups',21,1,1.79519844206622385977e+09,'RunFinished',NULL,NULL,'{"status":"succeeded","outputs":{"sum":3}}','5d9f20e9025590fc28aef31be3f2bb9318fb5349e77cf614110766c1abeb529a');
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
CREATE TABLE weft_run_values (
	run_id VARCHAR(128) NOT NULL, 
	inputs TEXT NOT NULL, 
	outputs TEXT, 
	error TEXT, 
	PRIMARY KEY (run_id), 
	FOREIGN KEY(run_id) REFERENCES weft_runs (run_id)
);
INSERT INTO "weft_run_values" VALUES('groups','{}','{"sum":3}',NULL);
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
INSERT INTO "weft_runs" VALUES('groups','groups','succeeded','bbc411f1f232a04a0fa8209cf16381b5be4b94148cb513fe65d68c28c0b5e0ac',1.79519844206112790105e+09,1.79519844206112790105e+09,1.79519844206622385977e+09,1,1,NULL,21,'5d9f20e9025590fc28aef31be3f2bb9318fb5349e77cf614110766c1abeb529a');
CREATE TABLE weft_schema (
	version INTEGER NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	PRIMARY KEY (version)
);
INSERT INTO "weft_schema" VALUES(1,'runs_and_events');
INSERT INTO "weft_schema" VALUES(2,'templates');
INSERT INTO "weft_schema" VALUES(3,'ownership');
CREATE TABLE weft_specs (
	hash VARCHAR(128) NOT NULL, 
	name TEXT NOT NULL, 
	text TEXT NOT NULL, 
	path TEXT, 
	extra TEXT NOT NULL, 
	PRIMARY KEY (hash)
);
INSERT INTO "weft_specs" VALUES('bbc411f1f232a04a0fa8209cf16381b5be4b94148cb513fe65d68c28c0b5e0ac','groups','weft: 1
name: groups
mode: dag
steps:
  - id: sides
    mode: parallel
    steps:
      - {id: left, tool: echo, with: {n: 1}}
      - id: right
        steps:
          - {id: inner, tool: echo, with: {n: 2}}
          - {id: deeper, tool: echo, with: {n: $<step_inner_result.n>}}
    outputs: {sum: $<step_left_result.n + step_deeper_result.n>}
  - id: choice
    needs: [sides]
    mode: conditional
    steps:
      - {id: small, when: step_sides_result.sum < 3, tool: echo, with: {size: small}}
      - {id: large, when: step_sides_result.sum >= 3, tool: echo, with: {size: large}}
  - {id: handled, tool: fail, on_error: continue, with: {message: on purpose}}
  - {id: alarm, needs: [handled], tool: echo, with: {told: true}}
outputs:
  sum: $<step_sides_result.sum>
','groups.weft.yaml','{"project_dir":"/tmp/weft-golden","form":"yaml"}');
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
COMMIT;
