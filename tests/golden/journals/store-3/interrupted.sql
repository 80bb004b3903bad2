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
INSERT INTO "weft_events" VALUES('interrupted',1,1,1.79519844259757876394e+09,'RunCreated',NULL,NULL,'{"spec":"7f57317b07e737900d42f1ee54c2c1167f1382bfa31f905eb64f56d7669af0e7","inputs":{},"attempt":1,"folder":"/tmp/weft-golden"}','a60653ac4b03dc2d1dde56033f1bac5ec3d012ea4438e5aa34218a770fc0b8ee');
INSERT INTO "weft_events" VALUES('interrupted',2,1,1.79519844260180354116e+09,'StepStarted','before',1,'{}','63d3f00361cc10bbdaef7c9051c999070a6980039850a9ca1e2b6cc6f0c751da');
INSERT INTO "weft_events" VALUES('interrupted',3,1,1.7951984426028015614e+09,'StepSucceeded','before',1,'{"data":{"n":1},"metadata":{"call_id":"before#1","from_cache":false}}','5feb4907233c88ecb291238b9c79afdb53b1042db8c7805b2949ed41b3533de0');
INSERT INTO "weft_events" VALUES('interrupted',4,1,1.7951984426028516292e+09,'StepStarted','slow',1,'{}','1109405755a6db9d00d066834129f4978a974559758e5acd07d1184461349924');
INSERT INTO "weft_events" VALUES('interrupted',5,1,1.79519844260745906833e+09,'RunInterrupted',NULL,NULL,'{"reason":"SIGINT"}','59b51551f5cd7c87cd9498765d188eb2c0541dc53a79dcc53e5d1f1b2562fa2f');
INSERT INTO "weft_events" VALUES('interrupted',6,1,1.79519844260749745373e+09,'StepInterrupted','slow',1,'{}','a4bfeaf28681074cc51548219baf77259b7cc8602f27a75caddb59705b420a1a');
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
INSERT INTO "weft_run_values" VALUES('interrupted','{}',NULL,NULL);
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
INSERT INTO "weft_runs" VALUES('interrupted','interrupted','running','7f57317b07e737900d42f1ee54c2c1167f1382bfa31f905eb64f56d7669af0e7',1.79519844259757876394e+09,1.79519844259757876394e+09,NULL,1,1,NULL,6,'a4bfeaf28681074cc51548219baf77259b7cc8602f27a75caddb59705b420a1a');
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
INSERT INTO "weft_specs" VALUES('7f57317b07e737900d42f1ee54c2c1167f1382bfa31f905eb64f56d7669af0e7','interrupted','weft: 1
name: interrupted
steps:
  - {id: before, tool: echo, with: {n: 1}}
  - {id: slow, tool: sleep, with: {seconds: 0.5}}
  - {id: after, tool: echo, with: {n: $<step_before_result.n + 1>}}
outputs:
  n: $<step_after_result.n>
','interrupted.weft.yaml','{"project_dir":"/tmp/weft-golden","form":"yaml"}');
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
