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
INSERT INTO "weft_events" VALUES('rescue-finally',1,1,1.79519844219725084304e+09,'RunCreated',NULL,NULL,'{"spec":"11d6697d22e7e9bb1d93fb63d0ae5590d9a3c6a5d7dc8e2a010e991ded331d1f","inputs":{},"attempt":1,"folder":"/tmp/weft-golden"}','b82d471bdb4e98f11a3c01639660a7aeecbdc5bebd1ab40d06368113193524b7');
INSERT INTO "weft_events" VALUES('rescue-finally',2,1,1.79519844220056271552e+09,'StepStarted','load',1,'{}','dc5e27d73b176e690fb5732397f1674e914e970c9fac5400639b4a4e51313aae');
INSERT INTO "weft_events" VALUES('rescue-finally',3,1,1.79519844220124816895e+09,'StepFailed','load',1,'{"error":{"type":"failed","code":null,"message":"no such table","hint":null},"retry_in":0.00012,"retry_at":1795198442.2013683}','8fbbef4dabc7c145228dd5ec7883d6cf144455c2070507e31f98c41eb3e1f567');
INSERT INTO "weft_events" VALUES('rescue-finally',4,1,1.79519844220533084872e+09,'StepStarted','load',2,'{}','b0bdc8e9decea805524035027edce0e5acf58eae22ed5c3229aa0c61598429b9');
INSERT INTO "weft_events" VALUES('rescue-finally',5,1,1.79519844220564961431e+09,'StepFailed','load',2,'{"error":{"type":"failed","code":null,"message":"no such table","hint":null}}','332bc66369201abbf3421c183b997633cfefa387e1defcad92f031fa286a5a14');
INSERT INTO "weft_events" VALUES('rescue-finally',6,1,1.79519844220567917824e+09,'StepStarted','load/(rescue)',1,'{}','339bd25ec02145040c0e1b4d5ce240fa86d45ead4756956a5be413c028e6d1b0');
INSERT INTO "weft_events" VALUES('rescue-finally',7,1,1.79519844220573067663e+09,'StepStarted','load/(rescue)/otherwise',1,'{"with":{"why":"no such table"}}','b6816ca9e0f17ddd942b17cb2a61f2ac80a7dd83a13c0d1a699a6f56e026be04');
INSERT INTO "weft_events" VALUES('rescue-finally',8,1,1.79519844220613431929e+09,'StepSucceeded','load/(rescue)/otherwise',1,'{"data":{"why":"no such table"},"metadata":{"call_id":"load/(rescue)/otherwise#1","from_cache":false}}','55b53ca3a30f81ac2ace281959c05077724c0ea2f35024b392660d6338e1f88e');
INSERT INTO "weft_events" VALUES('rescue-finally',9,1,1.79519844220616936686e+09,'StepStarted','load/(finally)',1,'{}','91d095af70bda9646c1df1bdb0cc0ea5fedaebd9ddef8fa13cfbf1675fc93431');
INSERT INTO "weft_events" VALUES('rescue-finally',10,1,1.79519844220618224146e+09,'StepStarted','load/(finally)/tidy',1,'{}','8526fb256133cefd512b8668b56d8832c4e7cd397f8ee2dc00e3d6803ea36b14');
INSERT INTO "weft_events" VALUES('rescue-finally',11,1,1.79519844220648908616e+09,'StepSucceeded','load/(finally)/tidy',1,'{"data":{"tidied":"load"},"metadata":{"call_id":"load/(finally)/tidy#1","from_cache":false}}','8c461e8d43eadf237d671fa02e3960d14a9c72629666bad8b3199e58d05731ac');
INSERT INTO "weft_events" VALUES('rescue-finally',12,1,1.79519844220651149748e+09,'StepStarted','good',1,'{}','7db41a3d19e692eb6257998d4aaef3f053b236a9980a3f498f638f9dc175e7aa');
INSERT INTO "weft_events" VALUES('rescue-finally',13,1,1.79519844220679211611e+09,'StepSucceeded','good',1,'{"data":{"n":1},"metadata":{"call_id":"good#1","from_cache":false}}','af84198972afaa16d19e13f1935d1535471e085043ba70388e3a013e9898f510');
INSERT INTO "weft_events" VALUES('rescue-finally',14,1,1.79519844220680809022e+09,'StepStarted','bad',1,'{}','da67408b966430bfb64023fb80170d9914e62a94f57ef431e5cb03b6e98498e0');
INSERT INTO "weft_events" VALUES('rescue-finally',15,1,1.79519844220709967608e+09,'StepFailed','bad',1,'{"error":{"type":"failed","code":null,"message":"at the end","hint":null}}','2633c3d35ab5527245fb110b8327137c817fade941d1f073799d058f9f60907a');
INSERT INTO "weft_events" VALUES('rescue-finally',16,1,1.79519844220712208749e+09,'StepStarted','(finally)',1,'{}','7eb818f472c646544c9f8b9afdb7bf6f76edcdb8b38670f84f2e6360a4373608');
INSERT INTO "weft_events" VALUES('rescue-finally',17,1,1.79519844220716285709e+09,'StepStarted','(finally)/report',1,'{"with":{"failed":1}}','ed41a8da3c56f75abffd184e0d2ad16dddc63b74e71ac92fe57089943a23f680');
INSERT INTO "weft_events" VALUES('rescue-finally',18,1,1.79519844220747709271e+09,'StepSucceeded','(finally)/report',1,'{"data":{"failed":1},"metadata":{"call_id":"(finally)/report#1","from_cache":false}}','6cb888159c2b9f04a1d9e31b9d0ce7226ae421ac5621ef12d7f1f9fb54de5a2e');
INSERT INTO "weft_events" VALUES('rescue-finally',19,1,1.79519844220749640465e+09,'RunFinished',NULL,NULL,'{"status":"failed","outputs":{},"error":{"step":"bad","type":"failed","code":null,"message":"at the end","hint":null}}','340e60c6a80aa5e82f9f22730f9dfc28991aff29d300ce0a71e18ed46ec93984');
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
INSERT INTO "weft_runs" VALUES('rescue-finally','rescue-finally','failed','11d6697d22e7e9bb1d93fb63d0ae5590d9a3c6a5d7dc8e2a010e991ded331d1f',1.79519844219725084304e+09,1.79519844219725084304e+09,1.79519844220749640465e+09,1,1,NULL,19,'340e60c6a80aa5e82f9f22730f9dfc28991aff29d300ce0a71e18ed46ec93984');
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
COMMIT;
