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
INSERT INTO "weft_events" VALUES('repeat',1,1,1.79520957967385029786e+09,'RunCreated',NULL,NULL,'{"spec":"63fded48d033d3ef8dc1d3d9a9c5514f005effe4e23ac28fde7a7e36ed56511f","inputs":{},"attempt":1,"folder":"/tmp/weft-golden"}','8f02d1ffed587c14586c6173e24b51b88c24d1f8944713976aada0e614da0159');
INSERT INTO "weft_events" VALUES('repeat',2,1,1.79520957967772173879e+09,'LoopExpanded','count',NULL,'{}','4b0a8fb9349df41193ec371321bdf0b97fcc10e0c45f5b962cb8206971dd181d');
INSERT INTO "weft_events" VALUES('repeat',3,1,1.79520957967783403395e+09,'StepStarted','count[0]',1,'{"with":{"n":1}}','d240be7702882645af8942a9473ed4732f8fb29b07645b905d5dad9488d953cc');
INSERT INTO "weft_events" VALUES('repeat',4,1,1.79520957967868304257e+09,'StepSucceeded','count[0]',1,'{"data":{"n":1},"metadata":{"call_id":"count[0]#1","from_cache":false}}','56f22def466ee8842f2469221767572a02edc78c0e732d63d2c7276dca15484e');
INSERT INTO "weft_events" VALUES('repeat',5,1,1.79520957967875194544e+09,'LoopTested','count',NULL,'{"answer":false}','325a25686b3580bc8c43e6096da8998b9230f44e8fa9cc60ca3b0dbfc51ac434');
INSERT INTO "weft_events" VALUES('repeat',6,1,1.79520957967878746989e+09,'StepStarted','count[1]',1,'{"with":{"n":2}}','810349093bcb7078cde2b8b7d7ff9bd458e6fd4a042f5879e3a6febdbeb183b3');
INSERT INTO "weft_events" VALUES('repeat',7,1,1.79520957967922115323e+09,'StepSucceeded','count[1]',1,'{"data":{"n":2},"metadata":{"call_id":"count[1]#1","from_cache":false}}','490a70d923a233724abc6ff73a3f534d981f38487f1f1ad8c00f558cd624a283');
INSERT INTO "weft_events" VALUES('repeat',8,1,1.79520957967925453178e+09,'LoopTested','count',NULL,'{"answer":false}','2516d67aa438551811975ff0ec06d918a16f0c0b045a2537f4f5662101670c9c');
INSERT INTO "weft_events" VALUES('repeat',9,1,1.79520957967928290362e+09,'StepStarted','count[2]',1,'{"with":{"n":3}}','b4803366a891ed794edc6b63f09a9e5a8faf7eff7680fbf32e8cc3a1dde245b5');
INSERT INTO "weft_events" VALUES('repeat',10,1,1.79520957967966818813e+09,'StepSucceeded','count[2]',1,'{"data":{"n":3},"metadata":{"call_id":"count[2]#1","from_cache":false}}','e0cabe96cec4e3a37854090de04ff9bb4d8bc9cdebb43364f337dca6fe369acf');
INSERT INTO "weft_events" VALUES('repeat',11,1,1.79520957967969536778e+09,'LoopTested','count',NULL,'{"answer":true}','dbd75e7ad53ee788e306b92fdc5362b6ba8051688a42f927c921d38bd937a2e7');
INSERT INTO "weft_events" VALUES('repeat',12,1,1.79520957967971158024e+09,'StepSettled','count',NULL,'{"status":"succeeded"}','c3f36374a2911906396e3953badca93225cbb4e2dde8d028ee8208a0ddefc399');
INSERT INTO "weft_events" VALUES('repeat',13,1,1.79520957967971730236e+09,'LoopExpanded','down',NULL,'{}','b9238c85b60affa3a872820191c1c0504275965f63aebb0d7ca25a1a2b2465a5');
INSERT INTO "weft_events" VALUES('repeat',14,1,1.79520957967973709109e+09,'LoopTested','down',NULL,'{"answer":true}','d8892127ba520bb5ea74bb0fbf79076ff0c6acd64584e4c9e845c6da032ccc3b');
INSERT INTO "weft_events" VALUES('repeat',15,1,1.79520957967974352834e+09,'StepStarted','down[0]',1,'{}','f1cdcb6bf367ca325cd0020cc56f44546af2f598b5fd60b03e22df3ea0019352');
INSERT INTO "weft_events" VALUES('repeat',16,1,1.79520957967978858952e+09,'StepStarted','down[0]/step',1,'{"with":{"n":1}}','935cf28c2bc26d84d314dee15ddf3c913859fb45aa4b8636c571c4f24d7cf3fa');
INSERT INTO "weft_events" VALUES('repeat',17,1,1.79520957968020510673e+09,'StepSucceeded','down[0]/step',1,'{"data":{"n":1},"metadata":{"call_id":"down[0]/step#1","from_cache":false}}','9cff70e11d9173c2bf872ec524289ba70183ba491152b55dc5952c70ee00a20d');
INSERT INTO "weft_events" VALUES('repeat',18,1,1.79520957968024373052e+09,'StepSucceeded','down[0]',1,'{"data":{"n":1}}','3173682d08b20f5c64b0ac87d97cf039b73b4daae366b1b28b0d990fe66f9c92');
INSERT INTO "weft_events" VALUES('repeat',19,1,1.7952095796802706719e+09,'LoopTested','down',NULL,'{"answer":true}','dfdf5a51e68fe6dbdb7c9cf03802e029aaea73e1fe9f8fff544c763861b10dec');
INSERT INTO "weft_events" VALUES('repeat',20,1,1.79520957968184328079e+09,'StepStarted','down[1]',1,'{}','41b8138d7f656463bd830a78bfd919a807fea6d76dac2386e65a8d1cab6e2429');
INSERT INTO "weft_events" VALUES('repeat',21,1,1.79520957968188023569e+09,'StepStarted','down[1]/step',1,'{"with":{"n":0}}','0cbe4fb1ea6bab50209f1fe683897ad2c510853344a45b241d0dbe93e827e824');
INSERT INTO "weft_events" VALUES('repeat',22,1,1.79520957968227577207e+09,'StepSucceeded','down[1]/step',1,'{"data":{"n":0},"metadata":{"call_id":"down[1]/step#1","from_cache":false}}','d16876785d9130a53a077726f33dcb4863a859a291de25e444f75b1ad06089a0');
INSERT INTO "weft_events" VALUES('repeat',23,1,1.79520957968230414391e+09,'StepSucceeded','down[1]',1,'{"data":{"n":0}}','db322e07ffa71c61b6858aae41211c0fc0ff6163d8acb174387be4d7711fc1ff');
INSERT INTO "weft_events" VALUES('repeat',24,1,1.79520957968232560157e+09,'LoopTested','down',NULL,'{"answer":false}','2acb7a5ce1c2e45ecc448ea145af300a17cfcd9611f67d076f7ab106f26d6fce');
INSERT INTO "weft_events" VALUES('repeat',25,1,1.79520957968233299257e+09,'StepSettled','down',NULL,'{"status":"succeeded"}','cac468ef8a6571ea77e7af3ec15cf3d0c4bf7fd40ddbbd7807bf36dc074b5ccc');
INSERT INTO "weft_events" VALUES('repeat',26,1,1.79520957968235588073e+09,'RunFinished',NULL,NULL,'{"status":"succeeded","outputs":{"count":3}}','fd5e82a3943393699badf0425c626d97916662740e6950ef4cce56c9f39c335f');
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
INSERT INTO "weft_run_values" VALUES('repeat','{}','{"count":3}',NULL);
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
INSERT INTO "weft_runs" VALUES('repeat','repeat','succeeded','63fded48d033d3ef8dc1d3d9a9c5514f005effe4e23ac28fde7a7e36ed56511f',1.79520957967385029786e+09,1.79520957967385029786e+09,1.79520957968235588073e+09,1,1,NULL,26,'fd5e82a3943393699badf0425c626d97916662740e6950ef4cce56c9f39c335f');
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
INSERT INTO "weft_specs" VALUES('63fded48d033d3ef8dc1d3d9a9c5514f005effe4e23ac28fde7a7e36ed56511f','repeat','weft: 1
name: repeat
steps:
  - id: count
    repeat: {until: last.n >= 3, max: 10}
    tool: echo
    with: {n: $<(last.n or 0) + 1>}
  - id: down
    repeat: {while: last == none or last.n > 0, max: 10, every: 1ms}
    steps:
      - {id: step, tool: echo, with: {n: $<(last.n | default(2)) - 1>}}
    outputs: {n: $<step_step_result.n>}
outputs:
  count: $<step_count_result.n>
','repeat.weft.yaml','{"project_dir":"/tmp/weft-golden","form":"yaml"}');
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
