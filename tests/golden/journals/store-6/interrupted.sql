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
INSERT INTO "weft_events" VALUES('interrupted',1,1,1.79520958115022802349e+09,'RunCreated',NULL,NULL,'{"spec":"7f57317b07e737900d42f1ee54c2c1167f1382bfa31f905eb64f56d7669af0e7","inputs":{},"attempt":1,"folder":"/tmp/weft-golden"}','586762ebc0ca3062fa13856c909ff0c9981b702d9f2575ae9d23f9799d1e91d0');
INSERT INTO "weft_events" VALUES('interrupted',2,1,1.79520958116531395912e+09,'StepStarted','before',1,'{}','e4191ba3ee6db365ee034bc9ce3af9908dc4d67a263ebb431e617d40c1d53365');
INSERT INTO "weft_events" VALUES('interrupted',3,1,1.79520958117305159569e+09,'StepSucceeded','before',1,'{"data":{"n":1},"metadata":{"call_id":"before#1","from_cache":false}}','38a0861df058f6c1cb9c507930c906f5787eab94924f18e1235d961ccbb3fd5f');
INSERT INTO "weft_events" VALUES('interrupted',4,1,1.79520958117315196996e+09,'StepStarted','slow',1,'{}','3ebcbfa7ecd4c5b2e520b5fbf9f47adbd9076ed8feb385ebc91339a6559c9bb2');
INSERT INTO "weft_events" VALUES('interrupted',5,1,1.79520958118173360826e+09,'RunInterrupted',NULL,NULL,'{"reason":"SIGINT"}','d918e5f5bb3ffb1169a595f2c47d60cb942f861de863668af326a702f6cb1d3c');
INSERT INTO "weft_events" VALUES('interrupted',6,1,1.79520958118178963662e+09,'StepInterrupted','slow',1,'{}','f3ae5364a1b371437281d41fc661304cf1b07a37f2caab910d919d12fbdbf79c');
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
INSERT INTO "weft_runs" VALUES('interrupted','interrupted','running','7f57317b07e737900d42f1ee54c2c1167f1382bfa31f905eb64f56d7669af0e7',1.79520958115022802349e+09,1.79520958115022802349e+09,NULL,1,1,NULL,6,'f3ae5364a1b371437281d41fc661304cf1b07a37f2caab910d919d12fbdbf79c');
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
CREATE INDEX weft_runs_by_age ON weft_runs (created_at, run_id);
CREATE INDEX weft_runs_by_status ON weft_runs (status, created_at);
CREATE INDEX weft_results_by_use ON weft_results (space, used_at);
CREATE INDEX weft_results_by_age ON weft_results (until);
COMMIT;
