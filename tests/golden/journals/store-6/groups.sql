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
INSERT INTO "weft_events" VALUES('groups',1,1,1.79520957961148834233e+09,'RunCreated',NULL,NULL,'{"spec":"bbc411f1f232a04a0fa8209cf16381b5be4b94148cb513fe65d68c28c0b5e0ac","inputs":{},"attempt":1,"folder":"/tmp/weft-golden"}','04b63565951ebaecb91b130f655f0043d901b1077a9bf19b507434842809aa19');
INSERT INTO "weft_events" VALUES('groups',2,1,1.79520957961537837984e+09,'StepStarted','sides',1,'{}','c4718fe5c0b4f8d054254fdffd72d168fd8d13e0d82370409f59ef5f3edb9f35');
INSERT INTO "weft_events" VALUES('groups',3,1,1.79520957961540532114e+09,'StepStarted','sides/right',1,'{}','fe01d8c4f0eeb3c342d482cd7181bff6973e4a6e5e5dbd02555b96bb479ae65c');
INSERT INTO "weft_events" VALUES('groups',4,1,1.79520957961543679241e+09,'StepStarted','handled',1,'{}','cfba81d2d22ecd382f2937270c074e0fdc70410b6eae9b12d1d678d49d2d5048');
INSERT INTO "weft_events" VALUES('groups',5,1,1.79520957961546468728e+09,'StepStarted','sides/left',1,'{}','37a5eecfcce0356dafe3e1cc202ea16f8b5f3716fa2af55fd2b38cb4b8b1888c');
INSERT INTO "weft_events" VALUES('groups',6,1,1.79520957961547517772e+09,'StepStarted','sides/right/inner',1,'{}','04cd127401f7141246884663dfe22216c2a1d3afd7045838242322be5e0afd62');
INSERT INTO "weft_events" VALUES('groups',7,1,1.79520957961667966843e+09,'StepFailed','handled',1,'{"error":{"type":"failed","code":null,"message":"on purpose","hint":null}}','5883f1c77801f161d4fbe75622370f2df7f5d51193396f4078f4ac855afe2ed4');
INSERT INTO "weft_events" VALUES('groups',8,1,1.79520957961674356459e+09,'StepSucceeded','sides/left',1,'{"data":{"n":1},"metadata":{"call_id":"sides/left#1","from_cache":false}}','3a6e461ebb7ea6b68632b490baba84f7eed642f1a0d5cdc3b08ab215d56a6760');
INSERT INTO "weft_events" VALUES('groups',9,1,1.79520957961676764485e+09,'StepSucceeded','sides/right/inner',1,'{"data":{"n":2},"metadata":{"call_id":"sides/right/inner#1","from_cache":false}}','7c78cae263f6a2026e9622032789d7fd1f4e2273caca101912baf3ab547ebd59');
INSERT INTO "weft_events" VALUES('groups',10,1,1.7952095796168107987e+09,'StepStarted','alarm',1,'{}','1a7c3f912c773c22096f998a3c67ac24a173a64d82f250785ef42e3081ff5522');
INSERT INTO "weft_events" VALUES('groups',11,1,1.79520957961690568924e+09,'StepStarted','sides/right/deeper',1,'{"with":{"n":2}}','4185454ca3243885db9aefe39e2526d20d364f49b52cd4ac6b7faad21a57862d');
INSERT INTO "weft_events" VALUES('groups',12,1,1.79520957961754679677e+09,'StepSucceeded','alarm',1,'{"data":{"told":true},"metadata":{"call_id":"alarm#1","from_cache":false}}','caa3eda6a9cdc3303a6d89de70c7666833449a4f515c300fe4d0e34029ee0660');
INSERT INTO "weft_events" VALUES('groups',13,1,1.79520957961756753916e+09,'StepSucceeded','sides/right/deeper',1,'{"data":{"n":2},"metadata":{"call_id":"sides/right/deeper#1","from_cache":false}}','658882469f77db6a54ff015e689266fa49c48ac60552d9e60088fa26b5dc82eb');
INSERT INTO "weft_events" VALUES('groups',14,1,1.7952095796175944805e+09,'StepSettled','sides/right',1,'{"status":"succeeded"}','5e5f2bedfd198054be4c7118d7e0c8dbc33a3bc9503f56546b56a0c50855f7dc');
INSERT INTO "weft_events" VALUES('groups',15,1,1.79520957961764383316e+09,'StepSucceeded','sides',1,'{"data":{"sum":3}}','184e04ed097dc63f93b05f5302b6bcb703fce4a181249ad5dcb453fd6ac7e948');
INSERT INTO "weft_events" VALUES('groups',16,1,1.79520957961765861505e+09,'StepStarted','choice',1,'{}','05bd644a8126523fcd44808c0e3745434bd01ef4670ef94c05a874f6bbe07204');
INSERT INTO "weft_events" VALUES('groups',17,1,1.79520957961769628526e+09,'StepSkipped','choice/small',NULL,'{"reason":"condition is false","answer":false}','6518e151ed98a5bc6f05fe046b1ac2a598202c97c68fd2481fd0bc17f7e9b692');
INSERT INTO "weft_events" VALUES('groups',18,1,1.79520957961772918698e+09,'StepStarted','choice/large',1,'{"answer":true}','5546719d5c56dbf3a8b24024efeae469bf981ac9567d995caa87196e57ba91d9');
INSERT INTO "weft_events" VALUES('groups',19,1,1.79520957961835908893e+09,'StepSucceeded','choice/large',1,'{"data":{"size":"large"},"metadata":{"call_id":"choice/large#1","from_cache":false}}','678914d984e968b603a86c59eacb60b378f19f552ebad0ad3d50670185f80b6e');
INSERT INTO "weft_events" VALUES('groups',20,1,1.79520957961838293075e+09,'StepSettled','choice',1,'{"status":"succeeded"}','bfb6a25e4129dfcb9c938964e76f0fb7806bc0038cf6d50961e00d9d78fa5c55');
INSERT INTO "weft_events" VALUES('groups',21,1,1.79520957961841177942e+09,'RunFinished',NULL,NULL,'{"status":"succeeded","outputs":{"sum":3}}','f052cdd0f3fa1193130ebb765f9ecf8582efdb603c4dae760033be35e107763b');
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
INSERT INTO "weft_run_values" VALUES('groups','{}','{"sum":3}',NULL);
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
INSERT INTO "weft_runs" VALUES('groups','groups','succeeded','bbc411f1f232a04a0fa8209cf16381b5be4b94148cb513fe65d68c28c0b5e0ac',1.79520957961148834233e+09,1.79520957961148834233e+09,1.79520957961841177942e+09,1,1,NULL,21,'f052cdd0f3fa1193130ebb765f9ecf8582efdb603c4dae760033be35e107763b');
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
INSERT INTO "weft_specs" VALUES('bbc411f1f232a04a0fa8209cf16381b5be4b94148cb513fe65d68c28c0b5e0ac','groups','weft: 1
name: groups
mode: dag
steps:
  - id: sides
    mode: parallel
    steps:
      - {id: left, tool: echo, with: {n: 1}}
      - id: right
        steps:
          - {id: inner, tool: echo, with: {n: 2}}
          - {id: deeper, tool: echo, with: {n: $<step_inner_result.n>}}
    outputs: {sum: $<step_left_result.n + step_deeper_result.n>}
  - id: choice
    needs: [sides]
    mode: conditional
    steps:
      - {id: small, when: step_sides_result.sum < 3, tool: echo, with: {size: small}}
      - {id: large, when: step_sides_result.sum >= 3, tool: echo, with: {size: large}}
  - {id: handled, tool: fail, on_error: continue, with: {message: on purpose}}
  - {id: alarm, needs: [handled], tool: echo, with: {told: true}}
outputs:
  sum: $<step_sides_result.sum>
','groups.weft.yaml','{"project_dir":"/tmp/weft-golden","form":"yaml"}');
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
