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
INSERT INTO "weft_events" VALUES('undone',1,1,1.79520957985742855072e+09,'RunCreated',NULL,NULL,'{"spec":"ce5de089de66aa4acb869dbbd8b9d54871466b20dae75fb58db69528c64c6c88","inputs":{},"attempt":1,"folder":"/tmp/weft-golden"}','a8a3e67067535fa764dcccd9853bc5a6567768ee706c34570794564de3323311');
INSERT INTO "weft_events" VALUES('undone',2,1,1.79520957986483526225e+09,'StepStarted','book',1,'{}','31ba13f18ccdcc214da58bceed941fc7250700a2ca93cda83274cc2532c43dbf');
INSERT INTO "weft_events" VALUES('undone',3,1,1.79520957986553215978e+09,'StepSucceeded','book',1,'{"data":{"id":7},"metadata":{"call_id":"book#1","from_cache":false}}','1c135c2a0e6822e6a1a0a8b515cf2e4bc6f4389b823d700adffc3a65c08d7af0');
INSERT INTO "weft_events" VALUES('undone',4,1,1.7952095798656072616e+09,'LoopExpanded','seats',NULL,'{"items":["a","b"]}','3e722bd5e0cfb3225b2b370ae316643d09701fda248524f0925ae72f3f9d8c06');
INSERT INTO "weft_events" VALUES('undone',5,1,1.79520957986568045622e+09,'StepStarted','seats[0]',1,'{"with":{"seat":"a"}}','111daa510a1623084e87a7f15d1cab9b432971b11c8bd136fbe5ab1edd7c83bb');
INSERT INTO "weft_events" VALUES('undone',6,1,1.79520957986607623095e+09,'StepSucceeded','seats[0]',1,'{"data":{"seat":"a"},"metadata":{"call_id":"seats[0]#1","from_cache":false}}','6453c57a9e6d0ea67a1731f27a195488e72f052c7b0e1c5b54f204aa14dee216');
INSERT INTO "weft_events" VALUES('undone',7,1,1.79520957986610937111e+09,'StepStarted','seats[1]',1,'{"with":{"seat":"b"}}','96211045a3be4111a58999a940685b0b1c124f4787972ce8667da82e1a27efa2');
INSERT INTO "weft_events" VALUES('undone',8,1,1.79520957986643385885e+09,'StepSucceeded','seats[1]',1,'{"data":{"seat":"b"},"metadata":{"call_id":"seats[1]#1","from_cache":false}}','f6301b5aff66c0d199858d1c7d1ae7ef603fa9beee3fd4d55b3b52ef9c2e5885');
INSERT INTO "weft_events" VALUES('undone',9,1,1.79520957986645817751e+09,'StepSettled','seats',NULL,'{"status":"succeeded"}','7a26bffb72edeb67b6d40115008dfe8bf83dc5aa2a32a5d63ce2ca1833b815cd');
INSERT INTO "weft_events" VALUES('undone',10,1,1.79520957986646699901e+09,'StepStarted','fee',1,'{}','bb73c0c08b8eddb245a4311a57886ab4733c2b04833c49a1d45b50ddf78bebe1');
INSERT INTO "weft_events" VALUES('undone',11,1,1.79520957986680865289e+09,'StepSucceeded','fee',1,'{"data":{"paid":3},"metadata":{"call_id":"fee#1","from_cache":false}}','b592c1e54459bf54c15d97b85d73ba06a719b62ec74acc5b8186af7f027ff00d');
INSERT INTO "weft_events" VALUES('undone',12,1,1.79520957986682915688e+09,'StepStarted','pay',1,'{}','8d86073315786d448feb84f54fbded2a565b8c44cdae6c9360a14bcea1ff9585');
INSERT INTO "weft_events" VALUES('undone',13,1,1.79520957986888074877e+09,'StepFailed','pay',1,'{"error":{"type":"failed","code":null,"message":"no money","hint":null}}','1295282792000499b49ea27b821ea33bd1d3dde3ecb9ffe0575b5bdc06fd7961');
INSERT INTO "weft_events" VALUES('undone',14,1,1.79520957986891841881e+09,'StepStarted','fee/(undo)',1,'{}','a0735155118a2bf79177c414adf8afd473afc182e275c32e6a36161208600fda');
INSERT INTO "weft_events" VALUES('undone',15,1,1.79520957987289834023e+09,'StepFailed','fee/(undo)',1,'{"error":{"type":"failed","code":null,"message":"no way back","hint":null}}','72172a72b67c7dce91aa9e3e4da90ff5bddea96a20a710f459d5fb3b0a4ff021');
INSERT INTO "weft_events" VALUES('undone',16,1,1.79520957987293958667e+09,'StepStarted','seats[1]/(undo)',1,'{"with":{"free":"b"}}','570346688ece747297bd22fbab59e0b52db9facaa2a0dff901941643f90da768');
INSERT INTO "weft_events" VALUES('undone',17,1,1.79520957987683773041e+09,'StepSucceeded','seats[1]/(undo)',1,'{"data":{"free":"b"},"metadata":{"call_id":"seats[1]/(undo)#1","from_cache":false}}','0322946bf589803446dbf37d4db82e9581d7c1fe6e638a8127cd778334c9c1d7');
INSERT INTO "weft_events" VALUES('undone',18,1,1.79520957987686777118e+09,'StepStarted','seats[0]/(undo)',1,'{"with":{"free":"a"}}','afce48812c77b3cd6a17c2b7142bb2dbb0ad6293bb69f18a994b14bb57f8eb85');
INSERT INTO "weft_events" VALUES('undone',19,1,1.79520957988081598282e+09,'StepSucceeded','seats[0]/(undo)',1,'{"data":{"free":"a"},"metadata":{"call_id":"seats[0]/(undo)#1","from_cache":false}}','c414a0109aefd6a707c251e42fced272116aa36f0e9980ec380c4f2e50082b30');
INSERT INTO "weft_events" VALUES('undone',20,1,1.79520957988086104391e+09,'StepStarted','book/(undo)',1,'{"with":{"cancelled":7}}','bb29ff8615abdc40ded63a6caee1d9f1f8dbfe38003d1a6eafe3d1c348583dfb');
INSERT INTO "weft_events" VALUES('undone',21,1,1795209579.8848,'StepSucceeded','book/(undo)',1,'{"data":{"cancelled":7},"metadata":{"call_id":"book/(undo)#1","from_cache":false}}','5f00191413cce972f53faad242186f1dcbf2a51d0ee6c166fc9a7382e335337c');
INSERT INTO "weft_events" VALUES('undone',22,1,1.79520957988481831548e+09,'StepStarted','(finally)',1,'{}','4dc951ace5e2b2e14d1bcde902feb6d208b5b12ac42b26d7a8bb10d363c9d27c');
INSERT INTO "weft_events" VALUES('undone',23,1,1.79520957988486957544e+09,'StepStarted','(finally)/tidy',1,'{"with":{"status":"failed"}}','b1f16a3d21f796779d8c800f7f376f39eb321fb5ed7bc5b8b223ef44e0471225');
INSERT INTO "weft_events" VALUES('undone',24,1,1.79520957988885378839e+09,'StepSucceeded','(finally)/tidy',1,'{"data":{"status":"failed"},"metadata":{"call_id":"(finally)/tidy#1","from_cache":false}}','729171f79faedfd727902aa9d9ccc0c099379ad647c5b2ad8acb6f7d83bc47f9');
INSERT INTO "weft_events" VALUES('undone',25,1,1.79520957988888835901e+09,'RunFinished',NULL,NULL,'{"status":"failed","outputs":{},"error":{"step":"pay","type":"failed","code":null,"message":"no money","hint":null}}','0ddd47c7edd2f3ce6b38593a0e6e458dd0cca20aa49e9ece0015a5fdc8b38520');
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
INSERT INTO "weft_run_values" VALUES('undone','{}','{}','{"step":"pay","type":"failed","code":null,"message":"no money","hint":null}');
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
INSERT INTO "weft_runs" VALUES('undone','undone','failed','ce5de089de66aa4acb869dbbd8b9d54871466b20dae75fb58db69528c64c6c88',1.79520957985742855072e+09,1.79520957985742855072e+09,1.79520957988888835901e+09,1,1,NULL,25,'0ddd47c7edd2f3ce6b38593a0e6e458dd0cca20aa49e9ece0015a5fdc8b38520');
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
INSERT INTO "weft_specs" VALUES('ce5de089de66aa4acb869dbbd8b9d54871466b20dae75fb58db69528c64c6c88','undone','weft: 1
name: undone
steps:
  - id: book
    tool: echo
    with: {id: 7}
    undo: {tool: echo, with: {cancelled: $<step_book_result.id>}}
  - id: seats
    foreach: [a, b]
    tool: echo
    with: {seat: $<item>}
    undo: {tool: echo, with: {free: $<item>}}
  - id: fee
    tool: echo
    with: {paid: 3}
    undo: {tool: fail, with: {message: no way back}}
  - id: pay
    tool: fail
    with: {message: no money}
finally:
  - {id: tidy, tool: echo, with: {status: $<run.status>}}
','undone.weft.yaml','{"project_dir":"/tmp/weft-golden","form":"yaml"}');
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
