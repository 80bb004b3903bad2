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
INSERT INTO "weft_events" VALUES('killed',1,1,1.79519498996490907668e+09,'RunCreated',NULL,NULL,'{"spec":"8a04d05bb941961f3d7f1f917b3638a452e69243f6f9c3d164605e60cbf0d132","inputs":{},"attempt":1,"folder":"/tmp/weft-golden"}','d22075cf8b6ba32e54e38a4a683348135751f2a228d4db54e27d532958b069e0');
INSERT INTO "weft_events" VALUES('killed',2,1,1.79519498997465014452e+09,'StepStarted','group',1,'{}','89f62b7e18d96a9deb38d32f0d5f61e2983df7bb802c3ad609c1f111ddb9d7ae');
INSERT INTO "weft_events" VALUES('killed',3,1,1.79519498997470235831e+09,'LoopExpanded','group/each',NULL,'{"items":[1,2,3]}','954025ee03ba3b6f36d09aa1b32628a512d4aea37379a66ceabfd1e37d915039');
INSERT INTO "weft_events" VALUES('killed',4,1,1.79519498997472620009e+09,'StepStarted','group/each[0]',1,'{}','077df1f567484b7c23c337a41ecdc33bc6e645744fd8ad05ad0fd4e35b6b229e');
INSERT INTO "weft_events" VALUES('killed',5,1,1.79519498997475743292e+09,'StepStarted','group/beside',1,'{}','360c13333e9347ba7effe6a76188ca8def10a1813dedec6969e07e7f84f0f0b7');
INSERT INTO "weft_events" VALUES('killed',6,1,1.79519498997481274601e+09,'StepStarted','group/each[0]/quick',1,'{"with":{"n":1}}','77b569bdb7f69c14b32c249087ad65fd3ef8d96b853518f4b1aad69eab89d8dd');
INSERT INTO "weft_events" VALUES('killed',7,1,1.79519498998567223553e+09,'StepSucceeded','group/beside',1,'{"data":{"n":4},"metadata":{"call_id":"group/beside#1","from_cache":false}}','fc656cfbf8e66cfe745abf1df8b4f0d04a65fd2c34cca8833294cd0c9b335d6d');
INSERT INTO "weft_events" VALUES('killed',8,1,1.7951949899857220649e+09,'StepSucceeded','group/each[0]/quick',1,'{"data":{"n":1},"metadata":{"call_id":"group/each[0]/quick#1","from_cache":false}}','c4cf8805ac83e3af1f47f50b40b6f358c876d534811a2ebdb6513759e798b1d4');
INSERT INTO "weft_events" VALUES('killed',9,1,1.79519498998582124711e+09,'StepSkipped','group/each[0]/slow',NULL,'{"reason":"condition is false","answer":false}','7cd084a4d744c50be3f09f7732b4ceba40fbc3a1bd2f8698a5029164d6dddd47');
INSERT INTO "weft_events" VALUES('killed',10,1,1.79519498998585414883e+09,'StepSettled','group/each[0]',1,'{"status":"succeeded"}','328085638775f8caf0300f804bd4810a3d8dfa7a9984bce8cadbf85c678083dc');
INSERT INTO "weft_events" VALUES('killed',11,1,1.79519498998586440083e+09,'StepStarted','group/each[1]',1,'{}','1600cd8df44e4fbbb9ba41c8cd58b4e96abcc188e44c17726f4d814d20108c4a');
INSERT INTO "weft_events" VALUES('killed',12,1,1.79519498998592901234e+09,'StepStarted','group/each[1]/quick',1,'{"with":{"n":2}}','6e0bac06be67ce9d9e0712ec2e8add6b0658314db5e0f7a279115616326fa974');
INSERT INTO "weft_events" VALUES('killed',13,1,1.79519498999759268757e+09,'StepSucceeded','group/each[1]/quick',1,'{"data":{"n":2},"metadata":{"call_id":"group/each[1]/quick#1","from_cache":false}}','c8d84c377f218a4ff25766659dcd376a84d19e620cd627ddf3a172daa13b2f99');
INSERT INTO "weft_events" VALUES('killed',14,1,1.79519498999775767322e+09,'StepStarted','group/each[1]/slow',1,'{"answer":true}','25025e2580b4a21299658c40e7924a82eb264ae91ee258362eadf187e5adb65c');
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
INSERT INTO "weft_runs" VALUES('killed','killed','running','8a04d05bb941961f3d7f1f917b3638a452e69243f6f9c3d164605e60cbf0d132',1.79519498996490907668e+09,1.79519498996490907668e+09,NULL,1,1,NULL,14,'25025e2580b4a21299658c40e7924a82eb264ae91ee258362eadf187e5adb65c');
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
COMMIT;
