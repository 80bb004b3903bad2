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
INSERT INTO "weft_events" VALUES('flat',1,1,1.7951984420395615101e+09,'RunCreated',NULL,NULL,'{"spec":"b41a92ea306e9d21754aebf5ae0553ed5af2b019324016877a1fbf8942938cf7","inputs":{"who":"world"},"attempt":1,"folder":"/tmp/weft-golden"}','bec644280104d2859e5240a6cb40e80e5f225b2a5c3ffa612c1a2c169e48d4ba');
INSERT INTO "weft_events" VALUES('flat',2,1,1.79519844204354619976e+09,'RunStarted',NULL,NULL,'{"let":{"greeting":"hello world"}}','9e4d2207125f9ed4f927f384eee868836c78d8288bc235a9def4e46d82a52dbc');
INSERT INTO "weft_events" VALUES('flat',3,1,1.79519844204360795019e+09,'StepStarted','say',1,'{"with":{"text":"hello world","ключ":"значение"}}','510145b60d67b4b73e022605389d7bcfcf21d2228f6a0e9af797a80c147d1ae3');
INSERT INTO "weft_events" VALUES('flat',4,1,1.79519844204468035698e+09,'StepSucceeded','say',1,'{"data":{"text":"hello world","ключ":"значение"},"metadata":{"call_id":"say#1","from_cache":false}}','9342ddfbbce14e93e316d0d455f3bccfa3cef6a3f6328d3e8de457ba4459c7e9');
INSERT INTO "weft_events" VALUES('flat',5,1,1.79519844204473757749e+09,'StepSkipped','never',NULL,'{"reason":"condition is false","answer":false}','c6254336be9305c8ca9f3b59fa994b1a6345c55712d602dd1db40162617e03bf');
INSERT INTO "weft_events" VALUES('flat',6,1,1.7951984420447757244e+09,'StepStarted','after',1,'{"with":{"said":"hello world"}}','85cf5a680b1de0e684682a7d3bc9baa420dad25556bf72d4aff07bd18b684c2c');
INSERT INTO "weft_events" VALUES('flat',7,1,1.79519844204521226887e+09,'StepSucceeded','after',1,'{"data":{"said":"hello world"},"metadata":{"call_id":"after#1","from_cache":false}}','5326989ea027f2927cc03192f0c769eadd5976a23e55a8d8785119b2d1d4576c');
INSERT INTO "weft_events" VALUES('flat',8,1,1.79519844204526138309e+09,'RunFinished',NULL,NULL,'{"status":"succeeded","outputs":{"said":"hello world"}}','9547975c2914d1855bcef07435dc455de3f08ce54b75e5c6ae5a64a27b7bb67a');
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
INSERT INTO "weft_runs" VALUES('flat','flat','succeeded','b41a92ea306e9d21754aebf5ae0553ed5af2b019324016877a1fbf8942938cf7',1.7951984420395615101e+09,1.7951984420395615101e+09,1.79519844204526138309e+09,1,1,NULL,8,'9547975c2914d1855bcef07435dc455de3f08ce54b75e5c6ae5a64a27b7bb67a');
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
CREATE INDEX weft_runs_by_status ON weft_runs (status, created_at);
CREATE INDEX weft_runs_by_age ON weft_runs (created_at, run_id);
COMMIT;
