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
INSERT INTO "weft_events" VALUES('rescue-finally',1,1,1.79520957976972174649e+09,'RunCreated',NULL,NULL,'{"spec":"11d6697d22e7e9bb1d93fb63d0ae5590d9a3c6a5d7dc8e2a010e991ded331d1f","inputs":{},"attempt":1,"folder":"/tmp/weft-golden"}','332740855f4cfb9e0f9aaa317025d6849c562a8d0bea8be94c6d368b6e7d39a6');
INSERT INTO "weft_events" VALUES('rescue-finally',2,1,1795209579.77336,'StepStarted','load',1,'{}','b198f15aa5c333bbbea87b1c3c2f5c94567c21be2a4c7aabcf11916ec56c55da');
INSERT INTO "weft_events" VALUES('rescue-finally',3,1,1.79520957977405166625e+09,'StepFailed','load',1,'{"error":{"type":"failed","code":null,"message":"no such table","hint":null},"retry_in":0.000315,"retry_at":1795209579.7743664}','dedc0304887ad7d1346067bdfa0344cb031d2ca8071dc5079a5dcd63a75d1ab6');
INSERT INTO "weft_events" VALUES('rescue-finally',4,1,1.79520957977844667439e+09,'StepStarted','load',2,'{}','33d13d4597de5e2483b4d9c0490c2b70d2e5906de8278c30b770c4dd07e178e2');
INSERT INTO "weft_events" VALUES('rescue-finally',5,1,1.79520957977878117556e+09,'StepFailed','load',2,'{"error":{"type":"failed","code":null,"message":"no such table","hint":null}}','905b97f5a8808819b3350f3f077a0530c1f5ea6a77ee68ed06914872dc150682');
INSERT INTO "weft_events" VALUES('rescue-finally',6,1,1.79520957977881860734e+09,'StepStarted','load/(rescue)',1,'{}','1306ae1b93703d77fca58efc57096470bc14faf1f8985c0cd274228e646d8fdf');
INSERT INTO "weft_events" VALUES('rescue-finally',7,1,1.79520957977892327305e+09,'StepStarted','load/(rescue)/otherwise',1,'{"with":{"why":"no such table"}}','6da9d47c43498691ec301c67d1e4fb2645c978b02a34241a1a1d95f3f52f3d66');
INSERT INTO "weft_events" VALUES('rescue-finally',8,1,1795209579.77939,'StepSucceeded','load/(rescue)/otherwise',1,'{"data":{"why":"no such table"},"metadata":{"call_id":"load/(rescue)/otherwise#1","from_cache":false}}','5578873f6ed7449ef326b692906c3771cafd94e40b602fdd0661145d7b3865a9');
INSERT INTO "weft_events" VALUES('rescue-finally',9,1,1.79520957977943229674e+09,'StepStarted','load/(finally)',1,'{}','150c09009f651795020411123f430a5d2232701d3c436f53d91b599523dde7b1');
INSERT INTO "weft_events" VALUES('rescue-finally',10,1,1.79520957977945041662e+09,'StepStarted','load/(finally)/tidy',1,'{}','282b6eb1f11ea744bfe1c740d6c1decbdb63ede595f420930330a4a82675389d');
INSERT INTO "weft_events" VALUES('rescue-finally',11,1,1.79520957977983784672e+09,'StepSucceeded','load/(finally)/tidy',1,'{"data":{"tidied":"load"},"metadata":{"call_id":"load/(finally)/tidy#1","from_cache":false}}','e8a2bd1fe28c93cb5ee91469850978a4e4781f8d981fab01beb7a11cf2e78adb');
INSERT INTO "weft_events" VALUES('rescue-finally',12,1,1.79520957977986979486e+09,'StepStarted','good',1,'{}','421a64a326588c621317497a2b5d7ab6234fde3e6df629ad16da0db0a87bfab2');
INSERT INTO "weft_events" VALUES('rescue-finally',13,1,1.79520957978023314475e+09,'StepSucceeded','good',1,'{"data":{"n":1},"metadata":{"call_id":"good#1","from_cache":false}}','3d529730e821547e79320fafd0b79c7b90aecf5555dffacfb1fc20622ce2223b');
INSERT INTO "weft_events" VALUES('rescue-finally',14,1,1.79520957978025364875e+09,'StepStarted','bad',1,'{}','c758f1f3abe9ea11aaaa917d1407b4f31ff115419c7b9f9fa59d08820e3c884c');
INSERT INTO "weft_events" VALUES('rescue-finally',15,1,1.79520957978060984611e+09,'StepFailed','bad',1,'{"error":{"type":"failed","code":null,"message":"at the end","hint":null}}','efcef87f0aedf0c8a94dcc19eeb7744de1834be4776eae8c61dcb87b29d0fd00');
INSERT INTO "weft_events" VALUES('rescue-finally',16,1,1.79520957978067183498e+09,'StepStarted','(finally)',1,'{}','bde26bd8d50f30421a4a6ad9cda77babbb378c9b04e4bbdaade385e2e9ad469e');
INSERT INTO "weft_events" VALUES('rescue-finally',17,1,1.7952095797807266712e+09,'StepStarted','(finally)/report',1,'{"with":{"failed":1}}','e1c5a7a3d192bc0c48371f60e8ee33f352f75edc11c166fe8f047fb71cd76585');
INSERT INTO "weft_events" VALUES('rescue-finally',18,1,1.79520957978114056594e+09,'StepSucceeded','(finally)/report',1,'{"data":{"failed":1},"metadata":{"call_id":"(finally)/report#1","from_cache":false}}','cd9bc96dcaf26e0d046099d303c7366af9fdaf27af9c94ecfb1a496a9fa70080');
INSERT INTO "weft_events" VALUES('rescue-finally',19,1,1.79520957978116583826e+09,'RunFinished',NULL,NULL,'{"status":"failed","outputs":{},"error":{"step":"bad","type":"failed","code":null,"message":"at the end","hint":null}}','5b49c452dd0e5ca64bc3b7f006697bd7b80fbafece5929dd87a287f3e98f47b1');
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
INSERT INTO "weft_run_values" VALUES('rescue-finally','{}','{}','{"step":"bad","type":"failed","code":null,"message":"at the end","hint":null}');
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
INSERT INTO "weft_runs" VALUES('rescue-finally','rescue-finally','failed','11d6697d22e7e9bb1d93fb63d0ae5590d9a3c6a5d7dc8e2a010e991ded331d1f',1.79520957976972174649e+09,1.79520957976972174649e+09,1.79520957978116583826e+09,1,1,NULL,19,'5b49c452dd0e5ca64bc3b7f006697bd7b80fbafece5929dd87a287f3e98f47b1');
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
INSERT INTO "weft_specs" VALUES('11d6697d22e7e9bb1d93fb63d0ae5590d9a3c6a5d7dc8e2a010e991ded331d1f','rescue-finally','weft: 1
name: rescue-finally
steps:
  - id: load
    tool: fail
    retry: {attempts: 2, delay: 1ms, errors: [failed]}
    with: {message: no such table}
    rescue:
      - {id: otherwise, tool: echo, with: {why: $<error.message>}}
    finally:
      - {id: tidy, tool: echo, with: {tidied: load}}
  - {id: good, tool: echo, with: {n: 1}}
  - {id: bad, tool: fail, with: {message: at the end}}
finally:
  - {id: report, tool: echo, with: {failed: $<errors | length>}}
','rescue-finally.weft.yaml','{"project_dir":"/tmp/weft-golden","form":"yaml"}');
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
