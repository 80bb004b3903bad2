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
INSERT INTO "weft_events" VALUES('rescue-finally',1,1,1.79519498645397472384e+09,'RunCreated',NULL,NULL,'{"spec":"11d6697d22e7e9bb1d93fb63d0ae5590d9a3c6a5d7dc8e2a010e991ded331d1f","inputs":{},"attempt":1,"folder":"/tmp/weft-golden"}','78dbb0e5732c181b6278e1f5c23ea459c64b0ba241781e9568919052f07b2cb3');
INSERT INTO "weft_events" VALUES('rescue-finally',2,1,1.79519498646174168582e+09,'StepStarted','load',1,'{}','8d06abfe50330820b0d87e1410256e7297f32546524978fc87d0a2a7ac2dfeb6');
INSERT INTO "weft_events" VALUES('rescue-finally',3,1,1.79519498646485066418e+09,'StepFailed','load',1,'{"error":{"type":"failed","code":null,"message":"no such table","hint":null},"retry_in":0.000339,"retry_at":1795194986.4651897}','afe44ea54645a894c927d9c7a3d98cd93233a7b4317e069ea67c7fbc0663c05a');
INSERT INTO "weft_events" VALUES('rescue-finally',4,1,1.79519498648020839693e+09,'StepStarted','load',2,'{}','ee49bf842ee0598cf7b11faab1200876748fae5116a217b77b4c8d47e3b64ce8');
INSERT INTO "weft_events" VALUES('rescue-finally',5,1,1.79519498648482322697e+09,'StepFailed','load',2,'{"error":{"type":"failed","code":null,"message":"no such table","hint":null}}','e08be3a7602d77c64110f7797b5f18c66643ced60abf4873cdc9737109ba4298');
INSERT INTO "weft_events" VALUES('rescue-finally',6,1,1.79519498648492431642e+09,'StepStarted','load/(rescue)',1,'{}','b902e176cd17f00ffce58cfff6dbd2dfd15535bb322448bcb60e94bd5f55f77b');
INSERT INTO "weft_events" VALUES('rescue-finally',7,1,1.79519498648500180244e+09,'StepStarted','load/(rescue)/otherwise',1,'{"with":{"why":"no such table"}}','2d47030b3ee2ccf4efbc1736877008080633ef4a496a7bf1deb316dbdf71beb2');
INSERT INTO "weft_events" VALUES('rescue-finally',8,1,1.7951949864952564239e+09,'StepSucceeded','load/(rescue)/otherwise',1,'{"data":{"why":"no such table"},"metadata":{"call_id":"load/(rescue)/otherwise#1","from_cache":false}}','809140e73a32ef6defd15861e14aadfd632737b6e2897ebdec45eca3190d4c8c');
INSERT INTO "weft_events" VALUES('rescue-finally',9,1,1.7951949864953444004e+09,'StepStarted','load/(finally)',1,'{}','491bfca06efc16629cb655c0c6c3588497584cc42a318a3a7d1a0ef0a3c1da42');
INSERT INTO "weft_events" VALUES('rescue-finally',10,1,1.79519498649538207057e+09,'StepStarted','load/(finally)/tidy',1,'{}','f6ba7ee0318a34e6481e1ef0c934d6fab0727df63b38eab86ce0c36112203590');
INSERT INTO "weft_events" VALUES('rescue-finally',11,1,1.79519498649823713298e+09,'StepSucceeded','load/(finally)/tidy',1,'{"data":{"tidied":"load"},"metadata":{"call_id":"load/(finally)/tidy#1","from_cache":false}}','09cc83ca5b68c8a4ff2edc70d19ed7a5b335684fa7596ac25b8b46d333b324b2');
INSERT INTO "weft_events" VALUES('rescue-finally',12,1,1.79519498649830245976e+09,'StepStarted','good',1,'{}','cf8b2babd9d1776dd4fef8679c2833c74cb829e36a3d4c1819d6db6e83647d84');
INSERT INTO "weft_events" VALUES('rescue-finally',13,1,1.79519498650080037115e+09,'StepSucceeded','good',1,'{"data":{"n":1},"metadata":{"call_id":"good#1","from_cache":false}}','4b2fd39fb3735cb986cd07c6caeee37de9a7833949578e2d87951c696d9ae520');
INSERT INTO "weft_events" VALUES('rescue-finally',14,1,1.79519498650084805488e+09,'StepStarted','bad',1,'{}','e7c9454c12438ae6843695965ae2ec7b00ce011ea92d13f9e0eacc224355d8af');
INSERT INTO "weft_events" VALUES('rescue-finally',15,1,1.79519498650483655928e+09,'StepFailed','bad',1,'{"error":{"type":"failed","code":null,"message":"at the end","hint":null}}','df7575911b61af6cd13da8469491e1a96a117150501897bbd0e2ef581f3e36e8');
INSERT INTO "weft_events" VALUES('rescue-finally',16,1,1.79519498650489950182e+09,'StepStarted','(finally)',1,'{}','4f1a511256d9b65d16b79ac0c14d70ad44e0c50e4bbf172eb7ddf0cfe6c5ac14');
INSERT INTO "weft_events" VALUES('rescue-finally',17,1,1.79519498650498723988e+09,'StepStarted','(finally)/report',1,'{"with":{"failed":1}}','58deeb4cf4430ada29173fcb8dca34d81459403aa6015bb9d9c6109508fe9203');
INSERT INTO "weft_events" VALUES('rescue-finally',18,1,1.79519498650884890555e+09,'StepSucceeded','(finally)/report',1,'{"data":{"failed":1},"metadata":{"call_id":"(finally)/report#1","from_cache":false}}','6b7a39115fa9182e01b4278de559d6a195661e456bf3c4949000a722dce58777');
INSERT INTO "weft_events" VALUES('rescue-finally',19,1,1.79519498650891518596e+09,'RunFinished',NULL,NULL,'{"status":"failed","outputs":{},"error":{"step":"bad","type":"failed","code":null,"message":"at the end","hint":null}}','7926e5667c2900a8b561f869d6994e4ab9af9873a0fc7a366805f470df74ba78');
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
INSERT INTO "weft_runs" VALUES('rescue-finally','rescue-finally','failed','11d6697d22e7e9bb1d93fb63d0ae5590d9a3c6a5d7dc8e2a010e991ded331d1f',1.79519498645397472384e+09,1.79519498645397472384e+09,1.79519498650891518596e+09,1,1,NULL,19,'7926e5667c2900a8b561f869d6994e4ab9af9873a0fc7a366805f470df74ba78');
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
CREATE INDEX weft_runs_by_age ON weft_runs (created_at, run_id);
CREATE INDEX weft_runs_by_status ON weft_runs (status, created_at);
COMMIT;
