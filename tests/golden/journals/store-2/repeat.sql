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
INSERT INTO "weft_events" VALUES('repeat',1,1,1.79519498601412582404e+09,'RunCreated',NULL,NULL,'{"spec":"63fded48d033d3ef8dc1d3d9a9c5514f005effe4e23ac28fde7a7e36ed56511f","inputs":{},"attempt":1,"folder":"/tmp/weft-golden"}','2bb6853ed1f9d05712e17b8b4ddaed5916689de3bce8e5dde9cf330adac74b3b');
INSERT INTO "weft_events" VALUES('repeat',2,1,1.79519498602922701838e+09,'LoopExpanded','count',NULL,'{}','c0cb3d46a1e20746e49fcf4b418affaded46978720c9c86a9fe1d4b373c4dd01');
INSERT INTO "weft_events" VALUES('repeat',3,1,1.7951949860293073654e+09,'StepStarted','count[0]',1,'{"with":{"n":1}}','03902a5cf80c4135431430bc03f204f491188e9349493fb6a7b92083a60a73a9');
INSERT INTO "weft_events" VALUES('repeat',4,1,1.79519498603282618527e+09,'StepSucceeded','count[0]',1,'{"data":{"n":1},"metadata":{"call_id":"count[0]#1","from_cache":false}}','d5af0ead9fdba4bfce753c81137336f2f4b7afd9ed9eab9474efac661a66f142');
INSERT INTO "weft_events" VALUES('repeat',5,1,1.79519498603290748603e+09,'LoopTested','count',NULL,'{"answer":false}','91729f0f7e7b14c224bb8ec9585fdb92c3bd27106d5bb59d05d52c31df59e94f');
INSERT INTO "weft_events" VALUES('repeat',6,1,1.79519498603295660013e+09,'StepStarted','count[1]',1,'{"with":{"n":2}}','bb594d9af6dd536fe81cc83c733429a4302806958de7817733f0870bc212f1ef');
INSERT INTO "weft_events" VALUES('repeat',7,1,1.7951949860408666134e+09,'StepSucceeded','count[1]',1,'{"data":{"n":2},"metadata":{"call_id":"count[1]#1","from_cache":false}}','97a281d913d76fc7842bf05609a0b706883793f4e417d73417ddb950d9d990dc');
INSERT INTO "weft_events" VALUES('repeat',8,1,1.79519498604095029828e+09,'LoopTested','count',NULL,'{"answer":false}','3b45cc8d9b43ae99287aca9d6f6fae3032d8fa6e657797a0134203aecc42d03d');
INSERT INTO "weft_events" VALUES('repeat',9,1,1.79519498604100275038e+09,'StepStarted','count[2]',1,'{"with":{"n":3}}','d0d9693588dc3feb8803f10e29f795f337626aeaca8e04a92969a102bf1b6a49');
INSERT INTO "weft_events" VALUES('repeat',10,1,1.7951949860448081493e+09,'StepSucceeded','count[2]',1,'{"data":{"n":3},"metadata":{"call_id":"count[2]#1","from_cache":false}}','d77d4cabc7e10b3cfb1a9f200c3fa82b5387dc94a035aa6362f2bdac876338e3');
INSERT INTO "weft_events" VALUES('repeat',11,1,1.79519498604487943646e+09,'LoopTested','count',NULL,'{"answer":true}','dcc56f71d1c5a268d6347db269bef1b02e3555e63ca3479801ad47f807941a76');
INSERT INTO "weft_events" VALUES('repeat',12,1,1.79519498604489874836e+09,'StepSettled','count',NULL,'{"status":"succeeded"}','989b782de19dd80c2d9a3d51e33672a9dfcc285837948a8cf5df791f6201c1a3');
INSERT INTO "weft_events" VALUES('repeat',13,1,1.79519498604490828513e+09,'LoopExpanded','down',NULL,'{}','e71def0e429e85660bdcf589bc9dbf623178e2db1da281231dd8a92938ce65be');
INSERT INTO "weft_events" VALUES('repeat',14,1,1.79519498604493355758e+09,'LoopTested','down',NULL,'{"answer":true}','23196a1b460d7116e9429e1acbc045ac6ff5dfd2577d240980df108efd97b85f');
INSERT INTO "weft_events" VALUES('repeat',15,1,1.79519498604494428641e+09,'StepStarted','down[0]',1,'{}','63e307794b9f1cb165dd3fb666edb843ecf2791a2a58aaa3c7e0e1e84fd24bbe');
INSERT INTO "weft_events" VALUES('repeat',16,1,1.79519498604500293728e+09,'StepStarted','down[0]/step',1,'{"with":{"n":1}}','f9ada93e9a9f2c3033e04df3ebc6f32e20c9f2f07f2ffe13271e65afc27b31f3');
INSERT INTO "weft_events" VALUES('repeat',17,1,1.79519498604733276372e+09,'StepSucceeded','down[0]/step',1,'{"data":{"n":1},"metadata":{"call_id":"down[0]/step#1","from_cache":false}}','4cdc520a62374fa0b12a144ce390ed1d6f561f11f6da740951aae034e9d89718');
INSERT INTO "weft_events" VALUES('repeat',18,1,1.79519498604740762714e+09,'StepSucceeded','down[0]',1,'{"data":{"n":1}}','a765e3cf754e361c8f33afda0230f771fd58ad0b4c7f798bfdddb16c5a9e615a');
INSERT INTO "weft_events" VALUES('repeat',19,1,1.79519498604745316502e+09,'LoopTested','down',NULL,'{"answer":true}','a5aaddf584f7cb4c16d540c7025f757520fe946521f664cab362b7f1501f76b5');
INSERT INTO "weft_events" VALUES('repeat',20,1,1.79519498606100249291e+09,'StepStarted','down[1]',1,'{}','eaec2fa289fd3325ba75b14f8755a6c2e2e52c88c6e76b0d24775bdf6545ada8');
INSERT INTO "weft_events" VALUES('repeat',21,1,1.79519498606109189991e+09,'StepStarted','down[1]/step',1,'{"with":{"n":0}}','5693f0d3b2a539876a92cc458dc7cbccd27da6e9c5b89596700a9493da3aadd9');
INSERT INTO "weft_events" VALUES('repeat',22,1,1.79519498606476902956e+09,'StepSucceeded','down[1]/step',1,'{"data":{"n":0},"metadata":{"call_id":"down[1]/step#1","from_cache":false}}','b68386abb39ba166d91fd1b0f5e2e3e6d07b886c7716718a3e78cc99e78ede4d');
INSERT INTO "weft_events" VALUES('repeat',23,1,1.79519498606484818456e+09,'StepSucceeded','down[1]',1,'{"data":{"n":0}}','3187acb5017128c687902e3571323d0be5119c8fcaa105b3c195a1b0c2a6239c');
INSERT INTO "weft_events" VALUES('repeat',24,1,1.79519498606489491467e+09,'LoopTested','down',NULL,'{"answer":false}','08d58a726471d984f49392b220d94150492278244eb1bfbbc54fbef1fb18c2b0');
INSERT INTO "weft_events" VALUES('repeat',25,1,1.7951949860649056435e+09,'StepSettled','down',NULL,'{"status":"succeeded"}','9b3f91abe66f6c040e7239b2faa4bba59b6f4b919b925f3babc1ade00545b15b');
INSERT INTO "weft_events" VALUES('repeat',26,1,1.79519498606493353842e+09,'RunFinished',NULL,NULL,'{"status":"succeeded","outputs":{"count":3}}','dab545caffa9d54a28ce21d173aead3a034e6e5bafa2d1d55e77e95e7b0b2dd4');
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
INSERT INTO "weft_runs" VALUES('repeat','repeat','succeeded','63fded48d033d3ef8dc1d3d9a9c5514f005effe4e23ac28fde7a7e36ed56511f',1.79519498601412582404e+09,1.79519498601412582404e+09,1.79519498606493353842e+09,1,1,NULL,26,'dab545caffa9d54a28ce21d173aead3a034e6e5bafa2d1d55e77e95e7b0b2dd4');
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
CREATE INDEX weft_runs_by_age ON weft_runs (created_at, run_id);
CREATE INDEX weft_runs_by_status ON weft_runs (status, created_at);
COMMIT;
