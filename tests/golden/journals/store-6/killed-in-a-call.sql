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
INSERT INTO "weft_events" VALUES('killed-in-a-call',1,1,1.79520958301067805286e+09,'RunCreated',NULL,NULL,'{"spec":"be5f3a98d9517d5eae2af429bf622984bc9f47d71c1a225dd93771fa7e11cc57","inputs":{},"attempt":1,"folder":"/tmp/weft-golden"}','4d480372963b0c15d609915ba74a38f1321f4634424340cf0503ab468e7ae731');
INSERT INTO "weft_events" VALUES('killed-in-a-call',2,1,1.79520958301551532745e+09,'LoopExpanded','rounds',NULL,'{}','cbf16dc29edb68a47b79163b1fe689b8685a1c0364e9f1815269ae8a57c14e64');
INSERT INTO "weft_events" VALUES('killed-in-a-call',3,1,1.79520958301569867133e+09,'StepStarted','rounds[0]',1,'{"with":{"n":1}}','8f50341631424eed53ba7ac69c4fa7982c48871f02036ef7e9adfe22f09d8cf7');
INSERT INTO "weft_events" VALUES('killed-in-a-call',4,1,1.79520958301571917532e+09,'StepStarted','rounds[0]/(workflow)',1,'{}','a48585b467c2e5f90de5276333d91afa92032f822f5f70e82e5685f4efd2ae04');
INSERT INTO "weft_events" VALUES('killed-in-a-call',5,1,1.79520958301579880715e+09,'StepStarted','rounds[0]/quick',1,'{"with":{"n":1}}','564cf8f5a27a74b27128d3f63a96b22b03f702d1669220714562a98aa6b3f8c7');
INSERT INTO "weft_events" VALUES('killed-in-a-call',6,1,1795209583.0174,'StepSucceeded','rounds[0]/quick',1,'{"data":{"n":1},"metadata":{"call_id":"rounds[0]/quick#1","from_cache":false}}','bdaf05f2f3395de0c8ef752ec201af6836ffd615b86f239d660f25960007722f');
INSERT INTO "weft_events" VALUES('killed-in-a-call',7,1,1.79520958301747655871e+09,'StepSkipped','rounds[0]/slow',NULL,'{"reason":"condition is false","answer":false}','28860637be5d26a520ccddbacdf903a838da160dd27a61b0c4f5eba963166455');
INSERT INTO "weft_events" VALUES('killed-in-a-call',8,1,1.79520958301752328869e+09,'StepSucceeded','rounds[0]/(workflow)',1,'{"data":{"n":1}}','8cb654c12d5e4177c87cc3405a7c2b1f657cb2805def4e0909f81067944a9d45');
INSERT INTO "weft_events" VALUES('killed-in-a-call',9,1,1.79520958301754260063e+09,'StepSettled','rounds[0]',1,'{"status":"succeeded"}','098f38c16b928069567bc260c55d84bb26cfb49b03c2a0d815ca43ec757daba7');
INSERT INTO "weft_events" VALUES('killed-in-a-call',10,1,1.79520958301756739612e+09,'LoopTested','rounds',NULL,'{"answer":false}','a6927c60d4d59977deed18e13106d38bfbe4fc2bfe27fa0d7e5882d8537792c7');
INSERT INTO "weft_events" VALUES('killed-in-a-call',11,1,1.79520958301763701439e+09,'StepStarted','rounds[1]',1,'{"with":{"n":2}}','352873eb89a9eedd921cf1996db06aa2c7f949506dda811e5e90318253212ca3');
INSERT INTO "weft_events" VALUES('killed-in-a-call',12,1,1.79520958301765561106e+09,'StepStarted','rounds[1]/(workflow)',1,'{}','172bd6f2c7401be6febffe8537a3cf9e05fd6f990db57bc42a732fb4d067e135');
INSERT INTO "weft_events" VALUES('killed-in-a-call',13,1,1.79520958301768660545e+09,'StepStarted','rounds[1]/quick',1,'{"with":{"n":2}}','1a7bf556d94ea089190124f9b0f8a41d2d6142226dd02fd7c61d51b5b4803261');
INSERT INTO "weft_events" VALUES('killed-in-a-call',14,1,1.79520958301866984368e+09,'StepSucceeded','rounds[1]/quick',1,'{"data":{"n":2},"metadata":{"call_id":"rounds[1]/quick#1","from_cache":false}}','dd4c4687c45959eb5a59bd771720cc81ca7ea31b5cd5ae37a8158a5660cd0f8d');
INSERT INTO "weft_events" VALUES('killed-in-a-call',15,1,1.79520958301875591276e+09,'StepStarted','rounds[1]/slow',1,'{"answer":true}','7f34c4d19dae05570af13fc46979e70385b599b5524cf2251acd63cf592c389b');
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
INSERT INTO "weft_run_values" VALUES('killed-in-a-call','{}',NULL,NULL);
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
INSERT INTO "weft_runs" VALUES('killed-in-a-call','killed-in-a-call','running','be5f3a98d9517d5eae2af429bf622984bc9f47d71c1a225dd93771fa7e11cc57',1.79520958301067805286e+09,1.79520958301067805286e+09,NULL,1,1,NULL,15,'7f34c4d19dae05570af13fc46979e70385b599b5524cf2251acd63cf592c389b');
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
INSERT INTO "weft_specs" VALUES('be5f3a98d9517d5eae2af429bf622984bc9f47d71c1a225dd93771fa7e11cc57','killed-in-a-call','weft: 1
name: killed-in-a-call
steps:
  - id: rounds
    repeat: {until: last.n >= 2, max: 5}
    workflow: ./slow-child.weft.yaml
    with: {n: $<(last.n or 0) + 1>}
  - {id: last, tool: echo, with: {n: $<step_rounds_result.n>}}
outputs:
  n: $<step_last_result.n>
','killed-in-a-call.weft.yaml','{"project_dir":"/tmp/weft-golden","form":"yaml","called":{"slow-child.weft.yaml":"weft: 1\nname: slow-child\ninputs:\n  n: {type: integer}\nsteps:\n  - {id: quick, tool: echo, with: {n: $<inputs.n>}}\n  - {id: slow, when: inputs.n == 2, tool: sleep, with: {seconds: 0.5}}\noutputs:\n  n: $<step_quick_result.n>\n"}}');
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
CREATE INDEX weft_results_by_age ON weft_results (until);
CREATE INDEX weft_results_by_use ON weft_results (space, used_at);
COMMIT;
