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
INSERT INTO "weft_events" VALUES('partial',1,1,1.79519844222188067433e+09,'RunCreated',NULL,NULL,'{"spec":"8fac0be2c55fd1ee13162d3ec8e3d3e34370f3f2eb14afe5f793d7ad512c112e","inputs":{},"attempt":1,"folder":"/tmp/weft-golden"}','97ae4ca47c696fd103a3e873f701b372fd630cb668515669a102ce3f682fe4b7');
INSERT INTO "weft_events" VALUES('partial',2,1,1.79519844222481346129e+09,'StepStarted','group',1,'{}','5184b9c592d10abc0993351354d6848ab3cf0a500b01f256af1c6b6c45a058c3');
INSERT INTO "weft_events" VALUES('partial',3,1,1.7951984422248282433e+09,'StepStarted','good',1,'{}','d24cf5fabb5325c90bf4fd0338c37b3cead00f49b1605e401ef3cd4823c4b666');
INSERT INTO "weft_events" VALUES('partial',4,1,1.79519844222484397885e+09,'StepStarted','slow',1,'{}','250a31d3728ece2faa185ae85b7118bc2dd2580c8ead9d5cb70807cc1fab7800');
INSERT INTO "weft_events" VALUES('partial',5,1,1.79519844222487497328e+09,'StepStarted','group/kept',1,'{}','9354677d35e9c1694df8a871875e45e9f7d2bab94777f14f5e9db7752fe09b74');
INSERT INTO "weft_events" VALUES('partial',6,1,1.79519844222488069536e+09,'StepStarted','group/fails',1,'{}','f3b74d567ec180da1a89143de5ddf7194841a6ae1a3c00eccd6f4d81410e9db4');
INSERT INTO "weft_events" VALUES('partial',7,1,1.79519844222559213633e+09,'StepSucceeded','good',1,'{"data":{"n":1},"metadata":{"call_id":"good#1","from_cache":false}}','ad2bb0bb7098a198335693ea09002b82b0803f072718dba2e0db32658f6882c8');
INSERT INTO "weft_events" VALUES('partial',8,1,1.79519844222560715678e+09,'StepSucceeded','group/kept',1,'{"data":{"n":2},"metadata":{"call_id":"group/kept#1","from_cache":false}}','78cd8055b918a2f468f4c16e93f30dc9f00af004f06381fdcaabe408cf4cdef0');
INSERT INTO "weft_events" VALUES('partial',9,1,1.79519844222561359399e+09,'StepFailed','group/fails',1,'{"error":{"type":"failed","code":null,"message":"each time","hint":null}}','ca6152a420435aa489af14bfa80af482796f3957ab77077815c0785d05d83892');
INSERT INTO "weft_events" VALUES('partial',10,1,1.79519844222563672072e+09,'StepFailed','group',1,'{"error":{"step":"group/fails","type":"failed","code":null,"message":"each time","hint":null},"retry_in":0.000248,"retry_at":1795198442.2258844}','431b8e43d084b01464fcc2e57e5d01acee66bb0e240db0644e9fb9995e63f00c');
INSERT INTO "weft_events" VALUES('partial',11,1,1.79519844222673296933e+09,'StepStarted','group',2,'{}','ddfa0168ec894eda347daea6829b1599c135f88939f00939a891a4d90eb6ff89');
INSERT INTO "weft_events" VALUES('partial',12,1,1.79519844222674632072e+09,'StepStarted','group/fails',2,'{}','beca16f7549471c8b6cc88d36604aa5c69f50b07e81d4b4b737976ea453bd6cc');
INSERT INTO "weft_events" VALUES('partial',13,1,1.79519844222714018821e+09,'StepFailed','group/fails',2,'{"error":{"type":"failed","code":null,"message":"each time","hint":null}}','2a7120341736a5f9856f81c3336359ac7a192e334919fa99a36b0b9c7989afd4');
INSERT INTO "weft_events" VALUES('partial',14,1,1.79519844222715902327e+09,'StepFailed','group',2,'{"error":{"step":"group/fails","type":"failed","code":null,"message":"each time","hint":null}}','3fbb4f2b7d6168ef3afdbb31393dab3f509ce5b8d8ffd386a7ac60777f605387');
INSERT INTO "weft_events" VALUES('partial',15,1,1.79519844224686813361e+09,'StepFailed','slow',1,'{"error":{"type":"timeout","code":"step timeout","message":"took longer than its timeout of 0.02s","hint":null},"timed_out":true}','50b1cfb18eecad02519015f607a40adc3f6fa4db707bb5a512f74d8d0321d9d0');
INSERT INTO "weft_events" VALUES('partial',16,1,1.79519844224690389633e+09,'StepSkipped','behind',NULL,'{"reason":"upstream_failed","cause":"slow"}','7f2f29f05da50689db069adeb3a7ee0f2babe12a9d59eb40788e5ce576248574');
INSERT INTO "weft_events" VALUES('partial',17,1,1.79519844224690818782e+09,'RunFinished',NULL,NULL,'{"status":"partial_failure","outputs":{},"error":{"step":"slow","type":"timeout","code":"step timeout","message":"took longer than its timeout of 0.02s","hint":null}}','78bd89489aab94d8057f28ed60d152a341c89e3533cc9d124d016ebdf432c270');
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
INSERT INTO "weft_run_values" VALUES('partial','{}','{}','{"step":"slow","type":"timeout","code":"step timeout","message":"took longer than its timeout of 0.02s","hint":null}');
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
INSERT INTO "weft_runs" VALUES('partial','partial','partial_failure','8fac0be2c55fd1ee13162d3ec8e3d3e34370f3f2eb14afe5f793d7ad512c112e',1.79519844222188067433e+09,1.79519844222188067433e+09,1.79519844224690818782e+09,1,1,NULL,17,'78bd89489aab94d8057f28ed60d152a341c89e3533cc9d124d016ebdf432c270');
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
INSERT INTO "weft_specs" VALUES('8fac0be2c55fd1ee13162d3ec8e3d3e34370f3f2eb14afe5f793d7ad512c112e','partial','weft: 1
name: partial
mode: dag
steps:
  - {id: good, tool: echo, with: {n: 1}}
  - {id: slow, timeout: 20ms, tool: sleep, with: {seconds: 5}}
  - {id: behind, needs: [slow], tool: echo}
  - id: group
    retry: {attempts: 2, delay: 1ms, errors: [failed]}
    mode: parallel
    steps:
      - {id: kept, tool: echo, with: {n: 2}}
      - {id: fails, tool: fail, with: {message: each time}}
','partial.weft.yaml','{"project_dir":"/tmp/weft-golden","form":"yaml"}');
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
