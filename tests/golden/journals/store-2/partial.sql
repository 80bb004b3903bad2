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
INSERT INTO "weft_events" VALUES('partial',1,1,1.79519498659417128566e+09,'RunCreated',NULL,NULL,'{"spec":"8fac0be2c55fd1ee13162d3ec8e3d3e34370f3f2eb14afe5f793d7ad512c112e","inputs":{},"attempt":1,"folder":"/tmp/weft-golden"}','00507459fa692e11963d9469b045228d836d273c1a81a1eff6b719e352a79c0b');
INSERT INTO "weft_events" VALUES('partial',2,1,1.79519498660565066331e+09,'StepStarted','group',1,'{}','59021b02ed71f2d2db62b01fe96689799c7448b73ca6337236938a3ce918336d');
INSERT INTO "weft_events" VALUES('partial',3,1,1.7951949866056735516e+09,'StepStarted','good',1,'{}','49c12a2a47a0b59610ba93d1ffac34631d7f2c6d13ba9761425e2befa9a185e5');
INSERT INTO "weft_events" VALUES('partial',4,1,1.79519498660569500926e+09,'StepStarted','slow',1,'{}','2d7941b973802eac2959116d4791c76bc69b92f9d7aa57529d3f2ff8e42a4974');
INSERT INTO "weft_events" VALUES('partial',5,1,1.79519498660574960708e+09,'StepStarted','group/kept',1,'{}','6b13d3236fa8ff99c46c179e612ac2d775c67a4d1f1c0c3ef7ad1b7ad10d2939');
INSERT INTO "weft_events" VALUES('partial',6,1,1.79519498660575747492e+09,'StepStarted','group/fails',1,'{}','046730618a054e97b8f13ccf0373e643678f727f74ec8015b5e59ba2628c4211');
INSERT INTO "weft_events" VALUES('partial',7,1,1.79519498661288857454e+09,'StepSucceeded','good',1,'{"data":{"n":1},"metadata":{"call_id":"good#1","from_cache":false}}','1309be3380ee61a4330b32504cf2ca0df5274b0045cd56eacc41864445501484');
INSERT INTO "weft_events" VALUES('partial',8,1,1.7951949866129188537e+09,'StepSucceeded','group/kept',1,'{"data":{"n":2},"metadata":{"call_id":"group/kept#1","from_cache":false}}','90289d5466dc796284f882e9f77df5649af0043342fb15889f7e6099c8e5de80');
INSERT INTO "weft_events" VALUES('partial',9,1,1.79519498661292672154e+09,'StepFailed','group/fails',1,'{"error":{"type":"failed","code":null,"message":"each time","hint":null}}','ccf7350d958ceaf48e5877ad0c27a0efbe0fe7b7047d9e76a5d1e87005abdf15');
INSERT INTO "weft_events" VALUES('partial',10,1,1.79519498661296916007e+09,'StepFailed','group',1,'{"error":{"step":"group/fails","type":"failed","code":null,"message":"each time","hint":null},"retry_in":0.000993,"retry_at":1795194986.613962}','5ae90ce09a0dd1c3f663988a513ffac76f56381c7dbdfc355707fc864759e0ca');
INSERT INTO "weft_events" VALUES('partial',11,1,1.79519498662524938582e+09,'StepStarted','group',2,'{}','84b9f0212cec803a6e7f9efc11bdbe20c2c4bc20697a1f0a445797a7596f4ddd');
INSERT INTO "weft_events" VALUES('partial',12,1,1.7951949866252958775e+09,'StepStarted','group/fails',2,'{}','597788079591bc07d90478d1c9ad64a7fc385e2317ac7686bf432128d7c17aea');
INSERT INTO "weft_events" VALUES('partial',13,1,1.79519498663368535043e+09,'StepFailed','slow',1,'{"error":{"type":"timeout","code":"step timeout","message":"took longer than its timeout of 0.02s","hint":null},"timed_out":true}','48c5836fc8ef9586853fc5cd2cc5a96685ec3e89d0a48aca3b18bb4c7b8aac49');
INSERT INTO "weft_events" VALUES('partial',14,1,1.79519498663373517992e+09,'StepFailed','group/fails',2,'{"error":{"type":"failed","code":null,"message":"each time","hint":null}}','c09dd96b9533a02b8a74e333b77d5ace629d29352615432eb44c7b2d49101f4f');
INSERT INTO "weft_events" VALUES('partial',15,1,1.79519498663376879691e+09,'StepSkipped','behind',NULL,'{"reason":"upstream_failed","cause":"slow"}','c83a058b5a421c6c41eccf386c3279edb3d8655ac70503a2cca8379139bdae5e');
INSERT INTO "weft_events" VALUES('partial',16,1,1.79519498663377261157e+09,'StepFailed','group',2,'{"error":{"step":"group/fails","type":"failed","code":null,"message":"each time","hint":null}}','b9aa6a1c24afa2dd73f429d5d13e142c36ece6dc6b7880ed1ebdb903d4688d31');
INSERT INTO "weft_events" VALUES('partial',17,1,1.79519498663382124897e+09,'RunFinished',NULL,NULL,'{"status":"partial_failure","outputs":{},"error":{"step":"slow","type":"timeout","code":"step timeout","message":"took longer than its timeout of 0.02s","hint":null}}','bd78be17cd65bde434f4103b7cf3bae30b6abb5f3dad39aed0bced97d91300d1');
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
INSERT INTO "weft_runs" VALUES('partial','partial','partial_failure','8fac0be2c55fd1ee13162d3ec8e3d3e34370f3f2eb14afe5f793d7ad512c112e',1.79519498659417128566e+09,1.79519498659417128566e+09,1.79519498663382124897e+09,1,1,NULL,17,'bd78be17cd65bde434f4103b7cf3bae30b6abb5f3dad39aed0bced97d91300d1');
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
CREATE INDEX weft_runs_by_age ON weft_runs (created_at, run_id);
CREATE INDEX weft_runs_by_status ON weft_runs (status, created_at);
COMMIT;
