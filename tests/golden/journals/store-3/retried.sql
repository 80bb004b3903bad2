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
INSERT INTO "weft_events" VALUES('retried',1,1,1.79519844228452014923e+09,'RunCreated',NULL,NULL,'{"spec":"c8eb4fc6bc162471d4d7b26ed3bed1248169a656bcefae948381ff3d6d925cf8","inputs":{},"attempt":1,"folder":"/tmp/weft-golden"}','6ae3ec2f0f63515e4b3c6a3879fd2b16bdd23064d31e2b81d1756f6be72ecb93');
INSERT INTO "weft_events" VALUES('retried',2,1,1.79519844228744602206e+09,'StepStarted','first',1,'{}','d454dd34bf05608fe60daf5368ee333596afa5390f11f1bd424d39ea27f24a65');
INSERT INTO "weft_events" VALUES('retried',3,1,1.79519844228801441193e+09,'StepSucceeded','first',1,'{"data":{"n":1},"metadata":{"call_id":"first#1","from_cache":false}}','9a8db9dfe69f7df134bd8af7081a0a77031d80683700d5827fceeeb5e32aaab2');
INSERT INTO "weft_events" VALUES('retried',4,1,1.79519844228804755208e+09,'StepStarted','flaky',1,'{}','f0e08eb62f9bd990643e0d5683225318684d0a1d128d38d182054e48bc23b995');
INSERT INTO "weft_events" VALUES('retried',5,1,1.79519844229112458225e+09,'StepFailed','flaky',1,'{"error":{"type":"failed","code":"exit 1","message":"the command ended with exit 1","hint":null,"data":{"exit_code":1,"stdout":"","stderr":""}}}','e094527c63fdbd9fbe26ce079581ee0c98c3d2946893c45226df270fa38179e9');
INSERT INTO "weft_events" VALUES('retried',6,1,1.79519844229115843776e+09,'StepSkipped','each',NULL,'{"reason":"upstream_failed","cause":"flaky"}','920f150a6f32befecc9d398690eee7482a79dc5200d0294b9c4b81bd547a7656');
INSERT INTO "weft_events" VALUES('retried',7,1,1.79519844229116272925e+09,'RunFinished',NULL,NULL,'{"status":"partial_failure","outputs":{},"error":{"step":"flaky","type":"failed","code":"exit 1","message":"the command ended with exit 1","hint":null,"data":{"exit_code":1,"stdout":"","stderr":""}}}','286cf1a586e2169ac5194764aa06c5c351b0d1f4287d23654d5452595c114c40');
INSERT INTO "weft_events" VALUES('retried',8,2,1.79519844230550575255e+09,'RunReopened',NULL,NULL,'{"attempt":2,"owner":{"host":"vm","pid":30355,"pid_start":1911928,"boot_id":"973cf1a9-0d23-494d-8fa9-b247e906e7be","pid_space":"pid:[4026531836]"}}','b284c185111872dc6807c9f0d47710be1d3a535409afd708bc1e2390f0ba9cb4');
INSERT INTO "weft_events" VALUES('retried',9,2,1.79519844230720376971e+09,'StepStarted','flaky',2,'{}','9f174f2a319944591c5a6c52a47fa1be57a72617a69f4a4dd475d287f7c912f7');
INSERT INTO "weft_events" VALUES('retried',10,2,1.79519844231188392636e+09,'StepSucceeded','flaky',2,'{"data":{"exit_code":0,"stdout":"","stderr":""},"metadata":{"call_id":"flaky#2","from_cache":false}}','c8a2d3f48a65c054cadf1d00b705af6418fedfa2b17d1301686f06e15d2b3659');
INSERT INTO "weft_events" VALUES('retried',11,2,1.79519844231192421913e+09,'LoopExpanded','each',NULL,'{"items":["a","b"]}','b3767327570d2dfdac337a3e3728761db3f0014867f5662d94636d8312cde568');
INSERT INTO "weft_events" VALUES('retried',12,2,1.79519844231196880335e+09,'StepStarted','each[0]',1,'{"with":{"item":"a","after":0}}','8620777607a321ed1bcadbd04c08fdca3604b0b77b3e916f5f42ab3e978d6394');
INSERT INTO "weft_events" VALUES('retried',13,2,1.79519844231243443487e+09,'StepSucceeded','each[0]',1,'{"data":{"item":"a","after":0},"metadata":{"call_id":"each[0]#1","from_cache":false}}','aef507dad1822c787e7bb21d8ee55636d20a59256b58a0e7c954c07ca29f31e6');
INSERT INTO "weft_events" VALUES('retried',14,2,1.79519844231247138982e+09,'StepStarted','each[1]',1,'{"with":{"item":"b","after":0}}','ede3ea511c8d8bfc965c8492202e52c8026ef461c14d9f63e2e81b34e1af3434');
INSERT INTO "weft_events" VALUES('retried',15,2,1.7951984423128364086e+09,'StepSucceeded','each[1]',1,'{"data":{"item":"b","after":0},"metadata":{"call_id":"each[1]#1","from_cache":false}}','f24781f7b72f3b40eaa047ae6ddd9b9ab38878e780b03279f2358e60b40cb6d8');
INSERT INTO "weft_events" VALUES('retried',16,2,1.7951984423128554821e+09,'StepSettled','each',NULL,'{"status":"succeeded"}','b2f2691f6b41178e3adcad7c8353321aa487c3bc857dd61a4b9f1e80674167de');
INSERT INTO "weft_events" VALUES('retried',17,2,1.79519844231289029115e+09,'RunFinished',NULL,NULL,'{"status":"succeeded","outputs":{"items":2}}','fe1ae797ff8d26dcdb3c2a40eb01c1df9f2780e93924d4cb8ea38cef98ba4f55');
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
INSERT INTO "weft_run_values" VALUES('retried','{}','{"items":2}',NULL);
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
INSERT INTO "weft_runs" VALUES('retried','retried','succeeded','c8eb4fc6bc162471d4d7b26ed3bed1248169a656bcefae948381ff3d6d925cf8',1.79519844228452014923e+09,1.79519844230550575255e+09,1.79519844231289029115e+09,2,2,NULL,17,'fe1ae797ff8d26dcdb3c2a40eb01c1df9f2780e93924d4cb8ea38cef98ba4f55');
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
INSERT INTO "weft_specs" VALUES('c8eb4fc6bc162471d4d7b26ed3bed1248169a656bcefae948381ff3d6d925cf8','retried','weft: 1
name: retried
mode: dag
steps:
  - {id: first, tool: echo, with: {n: 1}}
  - id: flaky
    needs: [first]
    tool: shell
    with: {command: test -e retried.ok}
  - id: each
    foreach: {in: [a, b], tolerate: 0}
    tool: echo
    with: {item: $<item>, after: $<step_flaky_result.exit_code>}
outputs:
  items: $<step_each_result | length>
','retried.weft.yaml','{"project_dir":"/tmp/weft-golden","form":"yaml"}');
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
