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
INSERT INTO "weft_events" VALUES('repeat',1,1,1.79519844211608052249e+09,'RunCreated',NULL,NULL,'{"spec":"63fded48d033d3ef8dc1d3d9a9c5514f005effe4e23ac28fde7a7e36ed56511f","inputs":{},"attempt":1,"folder":"/tmp/weft-golden"}','53f2ca1cb186681a9fe08bc17d56476f6e1e3c2d491e1d8b233cafef44ca9193');
INSERT INTO "weft_events" VALUES('repeat',2,1,1.79519844212079334256e+09,'LoopExpanded','count',NULL,'{}','d1fc50b57c358e701e4c8de19050262e55b9d76f0a2da8ee102fb9fce72d9fa6');
INSERT INTO "weft_events" VALUES('repeat',3,1,1.79519844212086081506e+09,'StepStarted','count[0]',1,'{"with":{"n":1}}','563bbffa1b35b885b89ea9fb25212af32f91e7ed90ae9e9fff658aa460626d59');
INSERT INTO "weft_events" VALUES('repeat',4,1,1.79519844212169647212e+09,'StepSucceeded','count[0]',1,'{"data":{"n":1},"metadata":{"call_id":"count[0]#1","from_cache":false}}','a607b09b21e0e96f92ceb60b90c692d6df4d577f81843193999117b5b8fd3465');
INSERT INTO "weft_events" VALUES('repeat',5,1,1.79519844212175178534e+09,'LoopTested','count',NULL,'{"answer":false}','05928e2bc9db61e7e8b8ca18bb6277599a6f7f2d39ca4037cf54900bd48a50c0');
INSERT INTO "weft_events" VALUES('repeat',6,1,1.79519844212178421023e+09,'StepStarted','count[1]',1,'{"with":{"n":2}}','c16e12489bdadc32010f8c41c8747a5435aea7333fe73d8876d171541581f902');
INSERT INTO "weft_events" VALUES('repeat',7,1,1.79519844212226438529e+09,'StepSucceeded','count[1]',1,'{"data":{"n":2},"metadata":{"call_id":"count[1]#1","from_cache":false}}','cc5bfda565ebb91119688581a337cced3a1969d4e3257f69c6895669869ad7d0');
INSERT INTO "weft_events" VALUES('repeat',8,1,1.7951984421222989559e+09,'LoopTested','count',NULL,'{"answer":false}','2d71e3c52c5e82a7fa2cc8236b7531c340a7ff5e79265bbed49689f759c76b6a');
INSERT INTO "weft_events" VALUES('repeat',9,1,1.79519844212232685095e+09,'StepStarted','count[2]',1,'{"with":{"n":3}}','4c9e2ddd8fc5d86b18fcdd260a745f9ab4136ed4871ed77e111a941a27fd5590');
INSERT INTO "weft_events" VALUES('repeat',10,1,1.79519844212271213529e+09,'StepSucceeded','count[2]',1,'{"data":{"n":3},"metadata":{"call_id":"count[2]#1","from_cache":false}}','6030002006bcbbbeeaf11a524fb478c7cd254213c0499721379497398192db2d');
INSERT INTO "weft_events" VALUES('repeat',11,1,1.79519844212274456022e+09,'LoopTested','count',NULL,'{"answer":true}','d9d9a8707e72f28574ab5aad64d574666f496b1b34ac90e2f52e72e9913db6fd');
INSERT INTO "weft_events" VALUES('repeat',12,1,1.79519844212275886535e+09,'StepSettled','count',NULL,'{"status":"succeeded"}','339f1e74271a835b9116b29750727ec17d9ff24370bd2df6252011df1a8de69b');
INSERT INTO "weft_events" VALUES('repeat',13,1,1.79519844212276458734e+09,'LoopExpanded','down',NULL,'{}','9b779500d864a6a300471f0ea982c233f9ae99fd83b51fbbf527676e3bc8ad5d');
INSERT INTO "weft_events" VALUES('repeat',14,1,1.79519844212278223034e+09,'LoopTested','down',NULL,'{"answer":true}','c4451d27b7163d1553c52ffbdcff6ce6faaa8931660252c543b1a061ca0faab5');
INSERT INTO "weft_events" VALUES('repeat',15,1,1795198442.12279,'StepStarted','down[0]',1,'{}','8005074a324719b73ebf3038197a8923508776b48c2e709de75ddfc0d86d7b15');
INSERT INTO "weft_events" VALUES('repeat',16,1,1.79519844212283158305e+09,'StepStarted','down[0]/step',1,'{"with":{"n":1}}','a201c88b261d1b8770f2ca4dd2f08c02a2501fbfc8ecb01f558a978a503ed69c');
INSERT INTO "weft_events" VALUES('repeat',17,1,1.79519844212328672406e+09,'StepSucceeded','down[0]/step',1,'{"data":{"n":1},"metadata":{"call_id":"down[0]/step#1","from_cache":false}}','1d7153ea308be684bfc89c646f73e9b2ee5ae4ceb82e97e0982dd2fcfe471636');
INSERT INTO "weft_events" VALUES('repeat',18,1,1.79519844212332701678e+09,'StepSucceeded','down[0]',1,'{"data":{"n":1}}','41682292501befa71154fdc62d794dd033b784e0d51a2d0a79a8a99115802018');
INSERT INTO "weft_events" VALUES('repeat',19,1,1.79519844212335729595e+09,'LoopTested','down',NULL,'{"answer":true}','9a1218b02f0b127617deee32336ebaec81d24ad840b135d82b8c63528c84fc67');
INSERT INTO "weft_events" VALUES('repeat',20,1,1.79519844212500739094e+09,'StepStarted','down[1]',1,'{}','52e171818fd5432fcb0ef1d130a7f6f680a836ca4a99a317a21d9022359647f1');
INSERT INTO "weft_events" VALUES('repeat',21,1,1.79519844212504887581e+09,'StepStarted','down[1]/step',1,'{"with":{"n":0}}','544a0aec5db58f2a8830b9ac354feb9b59eac5494f9480aaea8d81a9774f4589');
INSERT INTO "weft_events" VALUES('repeat',22,1,1.79519844212548923493e+09,'StepSucceeded','down[1]/step',1,'{"data":{"n":0},"metadata":{"call_id":"down[1]/step#1","from_cache":false}}','a8609db75dd484f4670d2ba9efb41f38265e3cd03d7c4a799a87263c6ed355c0');
INSERT INTO "weft_events" VALUES('repeat',23,1,1.79519844212552046776e+09,'StepSucceeded','down[1]',1,'{"data":{"n":0}}','a3fbf9f487bb51e2a42421eb0ec8165a30b7118fe5878bb169f1fa6892a811e9');
INSERT INTO "weft_events" VALUES('repeat',24,1,1.795198442125546217e+09,'LoopTested','down',NULL,'{"answer":false}','3ca7919e78fa70f6bc83c3d1e40c3d0e79bf0d03bea65700d730f96429e00744');
INSERT INTO "weft_events" VALUES('repeat',25,1,1.7951984421255550385e+09,'StepSettled','down',NULL,'{"status":"succeeded"}','0c7616fe7e421443df9e588a956f3204d684b017ad7cd65ecdbe9a685cc5b596');
INSERT INTO "weft_events" VALUES('repeat',26,1,1.79519844212558197975e+09,'RunFinished',NULL,NULL,'{"status":"succeeded","outputs":{"count":3}}','9c703f689dd39b3120ea57dd050f2bab9e0490d0111007e389e6906a285cfef3');
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
INSERT INTO "weft_runs" VALUES('repeat','repeat','succeeded','63fded48d033d3ef8dc1d3d9a9c5514f005effe4e23ac28fde7a7e36ed56511f',1.79519844211608052249e+09,1.79519844211608052249e+09,1.79519844212558197975e+09,1,1,NULL,26,'9c703f689dd39b3120ea57dd050f2bab9e0490d0111007e389e6906a285cfef3');
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
COMMIT;
