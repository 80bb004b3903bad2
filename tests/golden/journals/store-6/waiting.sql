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
INSERT INTO "weft_events" VALUES('waiting',1,1,1.79520958353661727905e+09,'RunCreated',NULL,NULL,'{"spec":"6a0593a7bbec3f4f6b3e4eeeba007fc021b95cd5609d668f66ff8a935a5c0441","inputs":{},"attempt":1,"folder":"/tmp/weft-golden"}','22bc05dac42945280e8b2da57cbd492fef1472060e7522d8fe4347384ce4c324');
INSERT INTO "weft_events" VALUES('waiting',2,1,1.79520958354436039922e+09,'StepStarted','before',1,'{}','425428e72874ebcf3a7d566c08e770f0cecc62fda4d9df934b6030914ecd935b');
INSERT INTO "weft_events" VALUES('waiting',3,1,1.79520958354589319234e+09,'StepSucceeded','before',1,'{"data":{"n":1},"metadata":{"call_id":"before#1","from_cache":false}}','d9be556a901d1346c577abfdf0f720d17acc4db9470a7ce1422c3bead022d056');
INSERT INTO "weft_events" VALUES('waiting',4,1,1.79520958354596233364e+09,'StepStarted','slow',1,'{}','054cd17fc3c3bfe3612db7582471a805a1006219c77ebb635154ab668267dd38');
INSERT INTO "weft_events" VALUES('waiting',5,1,1.79520958355016779905e+09,'RunWaiting',NULL,NULL,'{"for":[{"instance":"slow","until":"2026-11-20T21:19:44.545962Z"}]}','285a3d1173de33d2eaffb33a1cbbec1edf93918afc07d384295f65a397f9330a');
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
INSERT INTO "weft_runs" VALUES('waiting','waiting','waiting','6a0593a7bbec3f4f6b3e4eeeba007fc021b95cd5609d668f66ff8a935a5c0441',1.79520958353661727905e+09,1.79520958353661727905e+09,NULL,1,1,NULL,5,'285a3d1173de33d2eaffb33a1cbbec1edf93918afc07d384295f65a397f9330a');
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
CREATE INDEX weft_runs_by_status ON weft_runs (status, created_at);
CREATE INDEX weft_runs_by_age ON weft_runs (created_at, run_id);
CREATE INDEX weft_results_by_age ON weft_results (until);
CREATE INDEX weft_results_by_use ON weft_results (space, used_at);
COMMIT;
