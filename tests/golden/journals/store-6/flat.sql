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
INSERT INTO "weft_events" VALUES('flat',1,1,1.7952095795142035484e+09,'RunCreated',NULL,NULL,'{"spec":"b41a92ea306e9d21754aebf5ae0553ed5af2b019324016877a1fbf8942938cf7","inputs":{"who":"world"},"attempt":1,"folder":"/tmp/weft-golden"}','b04c8a92abf08f3016c4e63ff13a86483012bbc5b5f724d3b5a40dbcbc29a0d4');
INSERT INTO "weft_events" VALUES('flat',2,1,1.79520957953031182283e+09,'RunStarted',NULL,NULL,'{"let":{"greeting":"hello world"}}','d625baebdc39180b82d1a6e286d720c0dbfd4786371353843c09c0ae7e3c0e57');
INSERT INTO "weft_events" VALUES('flat',3,1,1.79520957953049445149e+09,'StepStarted','say',1,'{"with":{"text":"hello world","ключ":"значение"}}','b14e8e7148c42d3634b284135210e8473c486a9b94339689405c8ea0a3d7e861');
INSERT INTO "weft_events" VALUES('flat',4,1,1.7952095795325746536e+09,'StepSucceeded','say',1,'{"data":{"text":"hello world","ключ":"значение"},"metadata":{"call_id":"say#1","from_cache":false}}','3ae8cb192c2043a4f219b0a492464a77ac2913f6e8d92d7470632530eef5217f');
INSERT INTO "weft_events" VALUES('flat',5,1,1.79520957953270125393e+09,'StepSkipped','never',NULL,'{"reason":"condition is false","answer":false}','e42cf38a7f0c853df0a23a593a7b996b067ef7e5adff3d5c9a69a4e129f0bfc0');
INSERT INTO "weft_events" VALUES('flat',6,1,1.79520957953277802464e+09,'StepStarted','after',1,'{"with":{"said":"hello world"}}','853af74437def642a2e2c6b531f9c8b283f3758d7bd5bb6208c48da20fec28fe');
INSERT INTO "weft_events" VALUES('flat',7,1,1.79520957953388953206e+09,'StepSucceeded','after',1,'{"data":{"said":"hello world"},"metadata":{"call_id":"after#1","from_cache":false}}','36dce81a31d6938103fc7a9b350877e8c0699b1a113dc7db3679f5ddfe310665');
INSERT INTO "weft_events" VALUES('flat',8,1,1.79520957953396606446e+09,'RunFinished',NULL,NULL,'{"status":"succeeded","outputs":{"said":"hello world"}}','c069f8c2b91e73c924f1ec6511ee804faa9ff28ab40c00d98230d8d788d4cfd8');
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
INSERT INTO "weft_runs" VALUES('flat','flat','succeeded','b41a92ea306e9d21754aebf5ae0553ed5af2b019324016877a1fbf8942938cf7',1.7952095795142035484e+09,1.7952095795142035484e+09,1.79520957953396606446e+09,1,1,NULL,8,'c069f8c2b91e73c924f1ec6511ee804faa9ff28ab40c00d98230d8d788d4cfd8');
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
CREATE INDEX weft_results_by_age ON weft_results (until);
CREATE INDEX weft_results_by_use ON weft_results (space, used_at);
COMMIT;
