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
INSERT INTO "weft_events" VALUES('interrupted',1,1,1.79519498790367269518e+09,'RunCreated',NULL,NULL,'{"spec":"7f57317b07e737900d42f1ee54c2c1167f1382bfa31f905eb64f56d7669af0e7","inputs":{},"attempt":1,"folder":"/tmp/weft-golden"}','3663d1711d527d31ca6a00467fa83d3f925ab7b18e54b5938e4416e0e1ae8cb1');
INSERT INTO "weft_events" VALUES('interrupted',2,1,1.79519498791800022124e+09,'StepStarted','before',1,'{}','fab2acb040dbb41f4c5864fb7348a2e62393b29ede46776097847a91f60b4099');
INSERT INTO "weft_events" VALUES('interrupted',3,1,1.79519498792132282255e+09,'StepSucceeded','before',1,'{"data":{"n":1},"metadata":{"call_id":"before#1","from_cache":false}}','c7702e909d34b986bbcfa5cb2822c18cd30d44e2769e273ebd182c1354a9bba3');
INSERT INTO "weft_events" VALUES('interrupted',4,1,1.79519498792142534254e+09,'StepStarted','slow',1,'{}','f325c8b341ec2d515146f5c8afc1d10d45a779609e09b8da85bb4cc18cbabe52');
INSERT INTO "weft_events" VALUES('interrupted',5,1,1.79519498792821431158e+09,'RunInterrupted',NULL,NULL,'{"reason":"SIGINT"}','aff84fe2685b4b45b6c98a78336326639740265bbf97380fe2ef547b0de748ac');
INSERT INTO "weft_events" VALUES('interrupted',6,1,1.79519498792827796943e+09,'StepInterrupted','slow',1,'{}','e99d565f574763f04f2b3ae98fb94795bd6703307ca516c821e6f471f8bb9993');
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
INSERT INTO "weft_runs" VALUES('interrupted','interrupted','running','7f57317b07e737900d42f1ee54c2c1167f1382bfa31f905eb64f56d7669af0e7',1.79519498790367269518e+09,1.79519498790367269518e+09,NULL,1,1,NULL,6,'e99d565f574763f04f2b3ae98fb94795bd6703307ca516c821e6f471f8bb9993');
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
