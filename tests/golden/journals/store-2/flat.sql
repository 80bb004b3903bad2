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
INSERT INTO "weft_events" VALUES('flat',1,1,1.79519498572810101504e+09,'RunCreated',NULL,NULL,'{"spec":"b41a92ea306e9d21754aebf5ae0553ed5af2b019324016877a1fbf8942938cf7","inputs":{"who":"world"},"attempt":1,"folder":"/tmp/weft-golden"}','8e5b0b488f3e37b5d9c1f8f8c7fac0cc627a99b632e13908c599afc7dccddbe2');
INSERT INTO "weft_events" VALUES('flat',2,1,1.79519498574494075775e+09,'RunStarted',NULL,NULL,'{"let":{"greeting":"hello world"}}','512be4db26c2b017d6e03891c0062dc481a3f68a746854665ba62737791dd742');
INSERT INTO "weft_events" VALUES('flat',3,1,1.79519498574503183364e+09,'StepStarted','say',1,'{"with":{"text":"hello world","ключ":"значение"}}','e1660643eb98c8f5d0c7308d7897ea3cc8419267a7e9b68599ece8b0a54e1752');
INSERT INTO "weft_events" VALUES('flat',4,1,1.79519498574751639363e+09,'StepSucceeded','say',1,'{"data":{"text":"hello world","ключ":"значение"},"metadata":{"call_id":"say#1","from_cache":false}}','e23c67d5ebcfb2bd2eff5b8a59c9e4373398075d5b40e9c9686b91fec6e74c59');
INSERT INTO "weft_events" VALUES('flat',5,1,1.7951949857476167679e+09,'StepSkipped','never',NULL,'{"reason":"condition is false","answer":false}','0011795dc8d92dd3e1f0dd083b682b6f7a0fd18b6efdda20293a3a5640f90c49');
INSERT INTO "weft_events" VALUES('flat',6,1,1.79519498574767923356e+09,'StepStarted','after',1,'{"with":{"said":"hello world"}}','9f66b0d79f7053cb69492f3edc47b361c26e3b6a0a71f2d8c4a39427701c9bab');
INSERT INTO "weft_events" VALUES('flat',7,1,1.79519498574835181239e+09,'StepSucceeded','after',1,'{"data":{"said":"hello world"},"metadata":{"call_id":"after#1","from_cache":false}}','8308a9228d35292a1487296831fdf6d6e03368edfd9dce62c9545159ded454c0');
INSERT INTO "weft_events" VALUES('flat',8,1,1.79519498574844050403e+09,'RunFinished',NULL,NULL,'{"status":"succeeded","outputs":{"said":"hello world"}}','9239497b19bb0b3e2d05c3b7085bd548ea6e7e11f7284ec5adb819d62bfa99d2');
CREATE TABLE weft_run_values (
	run_id VARCHAR(128) NOT NULL, 
	inputs TEXT NOT NULL, 
	outputs TEXT, 
	error TEXT, 
	PRIMARY KEY (run_id), 
	FOREIGN KEY(run_id) REFERENCES weft_runs (run_id)
);
INSERT INTO "weft_run_values" VALUES('flat','{"who":"world"}','{"said":"hello world"}',NULL);
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
INSERT INTO "weft_runs" VALUES('flat','flat','succeeded','b41a92ea306e9d21754aebf5ae0553ed5af2b019324016877a1fbf8942938cf7',1.79519498572810101504e+09,1.79519498572810101504e+09,1.79519498574844050403e+09,1,1,NULL,8,'9239497b19bb0b3e2d05c3b7085bd548ea6e7e11f7284ec5adb819d62bfa99d2');
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
INSERT INTO "weft_specs" VALUES('b41a92ea306e9d21754aebf5ae0553ed5af2b019324016877a1fbf8942938cf7','flat','weft: 1
name: flat
inputs:
  who: {type: string, default: world}
let:
  greeting: "hello $<inputs.who>"
steps:
  - {id: say, tool: echo, with: {text: $<let.greeting>, "ключ": "значение"}}
  - {id: never, tool: echo, when: inputs.who == ''nobody'', with: {text: never}}
  - {id: after, trigger_rule: none_failed, tool: echo, with: {said: $<step_say_result.text>}}
outputs:
  said: $<step_after_result.said>
','flat.weft.yaml','{"project_dir":"/tmp/weft-golden","form":"yaml"}');
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
