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
INSERT INTO "weft_events" VALUES('killed',1,1,1.79519844299189662928e+09,'RunCreated',NULL,NULL,'{"spec":"8a04d05bb941961f3d7f1f917b3638a452e69243f6f9c3d164605e60cbf0d132","inputs":{},"attempt":1,"folder":"/tmp/weft-golden"}','c615fe73baf17d1893e145cb7899b3007285eeb6c38cd6dc86fe5b00a7f577d5');
INSERT INTO "weft_events" VALUES('killed',2,1,1.79519844299630689614e+09,'StepStarted','group',1,'{}','3c7915b290385d8cf84e479c121ffa80d816f5c429e92887c81ec16afd4add45');
INSERT INTO "weft_events" VALUES('killed',3,1,1.79519844299635338786e+09,'LoopExpanded','group/each',NULL,'{"items":[1,2,3]}','d5fe588fe7b3608694830f523e62a60f76126d2e6269e240a4d80fe8c55d0298');
INSERT INTO "weft_events" VALUES('killed',4,1,1.79519844299637365342e+09,'StepStarted','group/each[0]',1,'{}','b779c99bbaa79f40f46500fb7513f7858291f9c9ed25411696240efc8ac2aa8e');
INSERT INTO "weft_events" VALUES('killed',5,1,1795198442.9964,'StepStarted','group/beside',1,'{}','18fb5c797ac6084a44f4230b6179a8d45a6f2833fc9a8655d2ea8717df81a767');
INSERT INTO "weft_events" VALUES('killed',6,1,1.79519844299644207958e+09,'StepStarted','group/each[0]/quick',1,'{"with":{"n":1}}','a433be2e9b9bdcabd3bf00d82ad77637da977645aa35a5157c9d252c311b185e');
INSERT INTO "weft_events" VALUES('killed',7,1,1.79519844299751496312e+09,'StepSucceeded','group/beside',1,'{"data":{"n":4},"metadata":{"call_id":"group/beside#1","from_cache":false}}','b1f7b3db84157d82b0663ffa663fd228f008a2636c595ebf29cf1e95883bad13');
INSERT INTO "weft_events" VALUES('killed',8,1,1.79519844299754261973e+09,'StepSucceeded','group/each[0]/quick',1,'{"data":{"n":1},"metadata":{"call_id":"group/each[0]/quick#1","from_cache":false}}','45e1569d9af2227af6a8478e8f2a53b7479286f77ef1f4e7dfe40f872e89ca77');
INSERT INTO "weft_events" VALUES('killed',9,1,1.79519844299758839605e+09,'StepSkipped','group/each[0]/slow',NULL,'{"reason":"condition is false","answer":false}','78345976b00c2f4c1dc454c98ef318f593e381511d24bdfc13f81e9d6232372f');
INSERT INTO "weft_events" VALUES('killed',10,1,1.79519844299760794638e+09,'StepSettled','group/each[0]',1,'{"status":"succeeded"}','0a2fb44d010c5b2b5c3ce57335041cba0d21eb5f6de0f886a4bae33eac98510c');
INSERT INTO "weft_events" VALUES('killed',11,1,1.79519844299761366845e+09,'StepStarted','group/each[1]',1,'{}','83e0280e89b8e6e25f3791a7dae9088c79306fa95144762cdc07bd4fad26b342');
INSERT INTO "weft_events" VALUES('killed',12,1,1.79519844299764013287e+09,'StepStarted','group/each[1]/quick',1,'{"with":{"n":2}}','df47b7fab91b254478f0dade974646279a01bb9b2625c99bac405c9cc89e2d20');
INSERT INTO "weft_events" VALUES('killed',13,1,1.79519844299812531473e+09,'StepSucceeded','group/each[1]/quick',1,'{"data":{"n":2},"metadata":{"call_id":"group/each[1]/quick#1","from_cache":false}}','d4f04ee08346e166eb169cf32e208f519d3e9ba63501582df822886b4235942f');
INSERT INTO "weft_events" VALUES('killed',14,1,1.79519844299817275994e+09,'StepStarted','group/each[1]/slow',1,'{"answer":true}','ea14b8092d6b73263cf4d358baabfda4b9ccf3eda21b35b4dfe1d42a09b6027e');
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
INSERT INTO "weft_runs" VALUES('killed','killed','running','8a04d05bb941961f3d7f1f917b3638a452e69243f6f9c3d164605e60cbf0d132',1.79519844299189662928e+09,1.79519844299189662928e+09,NULL,1,1,NULL,14,'ea14b8092d6b73263cf4d358baabfda4b9ccf3eda21b35b4dfe1d42a09b6027e');
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
