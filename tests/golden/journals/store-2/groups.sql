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
INSERT INTO "weft_events" VALUES('groups',1,1,1.79519498583191132543e+09,'RunCreated',NULL,NULL,'{"spec":"bbc411f1f232a04a0fa8209cf16381b5be4b94148cb513fe65d68c28c0b5e0ac","inputs":{},"attempt":1,"folder":"/tmp/weft-golden"}','cdd785e67b6408252b77164d848f33a58693e49b9c8da377f17ad86d39c5a06d');
INSERT INTO "weft_events" VALUES('groups',2,1,1.79519498584179854399e+09,'StepStarted','sides',1,'{}','e3c314265a366507f329153a151db8b6757dc1d55a47a27dbcfb197e97616613');
INSERT INTO "weft_events" VALUES('groups',3,1,1.79519498584182596204e+09,'StepStarted','sides/right',1,'{}','7f855c786bbfe364663d4a26dd3b5f9d43791306ebdb6c2bcfc25fd5dc10899f');
INSERT INTO "weft_events" VALUES('groups',4,1,1.79519498584185504914e+09,'StepStarted','handled',1,'{}','828c5f7ec877f9d152e62a2152798031ef0189c9dca163cd9cf60f4fc80c4497');
INSERT INTO "weft_events" VALUES('groups',5,1,1.79519498584187984471e+09,'StepStarted','sides/left',1,'{}','16a69897e16e1a7b6cbdcdcd0e6bb68adb4f848f69a1be6414d16cfccf8cf1c4');
INSERT INTO "weft_events" VALUES('groups',6,1,1.79519498584188938136e+09,'StepStarted','sides/right/inner',1,'{}','b4596e889fabd36162f63fbe7dfff0c2a739e3a192bf9699e471b4d83baf0984');
INSERT INTO "weft_events" VALUES('groups',7,1,1.79519498584385824198e+09,'StepFailed','handled',1,'{"error":{"type":"failed","code":null,"message":"on purpose","hint":null}}','6cae7a9f53d62aa4380bee7d3343586982cd04c04f79b98a54c5086df5906ab6');
INSERT INTO "weft_events" VALUES('groups',8,1,1.79519498584392309193e+09,'StepSucceeded','sides/left',1,'{"data":{"n":1},"metadata":{"call_id":"sides/left#1","from_cache":false}}','31e37ad99d2800b42f96a2f7cff7a9f8e80bd6b22eb4af2b6ac761e55e878129');
INSERT INTO "weft_events" VALUES('groups',9,1,1795194985.84394,'StepSucceeded','sides/right/inner',1,'{"data":{"n":2},"metadata":{"call_id":"sides/right/inner#1","from_cache":false}}','1d92ecfc9f6d05dcd8ebb824022a1a0db28aecd89770a6a7dc64cbaf9b3efa77');
INSERT INTO "weft_events" VALUES('groups',10,1,1.79519498584398174293e+09,'StepStarted','alarm',1,'{}','a39e23cde83121858d8d975ab20d7af17fc51e7ecc54e366a6782ea3e02edc20');
INSERT INTO "weft_events" VALUES('groups',11,1,1.79519498584404182429e+09,'StepStarted','sides/right/deeper',1,'{"with":{"n":2}}','0f19da7100dbf5cba963ca3e5d60f165eb022494f7a4984565963d843be7daba');
INSERT INTO "weft_events" VALUES('groups',12,1,1.7951949858466575146e+09,'StepSucceeded','alarm',1,'{"data":{"told":true},"metadata":{"call_id":"alarm#1","from_cache":false}}','a44cd5870020a7798c6ba18622d8f65ba5e54c605cbebe6244e62606d55b5d6e');
INSERT INTO "weft_events" VALUES('groups',13,1,1.79519498584668588635e+09,'StepSucceeded','sides/right/deeper',1,'{"data":{"n":2},"metadata":{"call_id":"sides/right/deeper#1","from_cache":false}}','1e9faf4b59e1c9ea1417728a9e691dda1fa55b5445485c4694e865af37b3672a');
INSERT INTO "weft_events" VALUES('groups',14,1,1.79519498584672093392e+09,'StepSettled','sides/right',1,'{"status":"succeeded"}','d1782a2573dd14b0433401f4acf50f7b2d82536bb5782a443b39982941909a54');
INSERT INTO "weft_events" VALUES('groups',15,1,1.79519498584823918342e+09,'StepSucceeded','sides',1,'{"data":{"sum":3}}','980f6cc0fe928c65d7c4dfdb4d7c316a88d76c355bec56aa59ed3cb5c65f80be');
INSERT INTO "weft_events" VALUES('groups',16,1,1.79519498584828114508e+09,'StepStarted','choice',1,'{}','446be39102b2dda7ae57466b83c7000b0377ce1e0f0e02f1217c7133c57cbb3a');
INSERT INTO "weft_events" VALUES('groups',17,1,1.79519498584833955769e+09,'StepSkipped','choice/small',NULL,'{"reason":"condition is false","answer":false}','0e1aa928fe8ffcb0561e0f6c97a112b34fa8bc39fa8fba97e3bb239ea7d0beae');
INSERT INTO "weft_events" VALUES('groups',18,1,1.79519498584838390351e+09,'StepStarted','choice/large',1,'{"answer":true}','eb73acb56d5ad7342ed8058c20682fae9572db9b615c53f0ba775cd768118b94');
INSERT INTO "weft_events" VALUES('groups',19,1,1.79519498584916758531e+09,'StepSucceeded','choice/large',1,'{"data":{"size":"large"},"metadata":{"call_id":"choice/large#1","from_cache":false}}','7cd4614afc169bf2b515719145b34ddf46b950c2a930eecf8e6a9adb5094c082');
INSERT INTO "weft_events" VALUES('groups',20,1,1.79519498584920430186e+09,'StepSettled','choice',1,'{"status":"succeeded"}','f6123b5a9918a26be6a1492a66d77a7945b3e7a8d185d71087e5777fe0517695');
INSERT INTO "weft_events" VALUES('groups',21,1,1.79519498584924626352e+09,'RunFinished',NULL,NULL,'{"status":"succeeded","outputs":{"sum":3}}','1b543555c3de55a6b1f6b4c6e9553a98133f5b1d98e0e2120cb882dbd9d0116b');
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
INSERT INTO "weft_runs" VALUES('groups','groups','succeeded','bbc411f1f232a04a0fa8209cf16381b5be4b94148cb513fe65d68c28c0b5e0ac',1.79519498583191132543e+09,1.79519498583191132543e+09,1.79519498584924626352e+09,1,1,NULL,21,'1b543555c3de55a6b1f6b4c6e9553a98133f5b1d98e0e2120cb882dbd9d0116b');
CREATE TABLE weft_schema (
	version INTEGER NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	PRIMARY KEY (version)
);
INSERT INTO "weft_schema" VALUES(1,'runs_and_events');
INSERT INTO "weft_schema" VALUES(2,'templates');
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
CREATE INDEX weft_runs_by_age ON weft_runs (created_at, run_id);
CREATE INDEX weft_runs_by_status ON weft_runs (status, created_at);
COMMIT;
