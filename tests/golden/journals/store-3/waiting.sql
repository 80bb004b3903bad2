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
INSERT INTO "weft_events" VALUES('waiting',1,1,1.79519844361052465439e+09,'RunCreated',NULL,NULL,'{"spec":"6a0593a7bbec3f4f6b3e4eeeba007fc021b95cd5609d668f66ff8a935a5c0441","inputs":{},"attempt":1,"folder":"/tmp/weft-golden"}','ea63ea20db58f76070e8c87ce77156818c42569ba5e0603c62dc23c99028c07a');
INSERT INTO "weft_events" VALUES('waiting',2,1,1.79519844361552810673e+09,'StepStarted','before',1,'{}','eec666d45207385358b95b14a35733d65b4ca7ef2125ed880b33c51bd0d57137');
INSERT INTO "weft_events" VALUES('waiting',3,1,1.79519844361671543127e+09,'StepSucceeded','before',1,'{"data":{"n":1},"metadata":{"call_id":"before#1","from_cache":false}}','a489d6bd02544dc55f6fd3d5f5312a190a65ffd175d9625d6dcac234dabc564d');
INSERT INTO "weft_events" VALUES('waiting',4,1,1.7951984436167674065e+09,'StepStarted','slow',1,'{}','4afc755ee26dd5a6d9e75c86b273fa0e615aebdec865a3050736e9182d5f7845');
INSERT INTO "weft_events" VALUES('waiting',5,1,1.79519844361739683152e+09,'RunWaiting',NULL,NULL,'{"for":[{"instance":"slow","until":"2026-11-20T18:14:04.616767Z"}]}','720c86bafbd20a99e2c94b87a1b16cd1c648cfe84d44bf5d851eb8a9062881ac');
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
INSERT INTO "weft_run_values" VALUES('waiting','{}',NULL,NULL);
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
INSERT INTO "weft_runs" VALUES('waiting','waiting','waiting','6a0593a7bbec3f4f6b3e4eeeba007fc021b95cd5609d668f66ff8a935a5c0441',1.79519844361052465439e+09,1.79519844361052465439e+09,NULL,1,1,NULL,5,'720c86bafbd20a99e2c94b87a1b16cd1c648cfe84d44bf5d851eb8a9062881ac');
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
INSERT INTO "weft_specs" VALUES('6a0593a7bbec3f4f6b3e4eeeba007fc021b95cd5609d668f66ff8a935a5c0441','waiting','weft: 1
name: waiting
steps:
  - {id: before, tool: echo, with: {n: 1}}
  - {id: slow, tool: wait, with: {for: 1s}}
  - {id: after, tool: echo, with: {n: 2}}
outputs:
  n: $<step_after_result.n>
','waiting.weft.yaml','{"project_dir":"/tmp/weft-golden","form":"yaml"}');
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
