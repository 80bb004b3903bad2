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
INSERT INTO "weft_events" VALUES('sub-workflow',1,1,1.79519844217266154283e+09,'RunCreated',NULL,NULL,'{"spec":"9746023e39ceb00d81d9c911c54e7f8423666e7215a124d6cfd3f8afa5f1a59f","inputs":{},"attempt":1,"folder":"/tmp/weft-golden"}','abf556929965b493803813cf2acdef1b737f546e85e791c46afcef9aa9a16e0d');
INSERT INTO "weft_events" VALUES('sub-workflow',2,1,1.79519844217600178714e+09,'StepStarted','one',1,'{}','1dc4f17220fc78bfade707b5e7491f40b3932b422190d7ce66f347d365a1b487');
INSERT INTO "weft_events" VALUES('sub-workflow',3,1,1.79519844217601370808e+09,'StepStarted','one/(workflow)',1,'{}','8e1def7b92c29ae790345019669cb636edbaff181cd446eb1a9a76f749218e2d');
INSERT INTO "weft_events" VALUES('sub-workflow',4,1,1.79519844217605304718e+09,'StepStarted','one/twice',1,'{"with":{"n":8}}','bdd36f4835c32234018148488f417d2f4187bb12cc407de07163e0ffd1daf71c');
INSERT INTO "weft_events" VALUES('sub-workflow',5,1,1.79519844217669320108e+09,'StepSucceeded','one/twice',1,'{"data":{"n":8},"metadata":{"call_id":"one/twice#1","from_cache":false}}','69c032faf3171898445fbf61d98a7463e47376726a0da8eee40f05dfa5a0a53c');
INSERT INTO "weft_events" VALUES('sub-workflow',6,1,1.79519844217673683168e+09,'StepStarted','one/wait',1,'{}','436f6bc1d5a1339ab17cdea815cf4524fa961d99b5f77cdaad963542cb3c5ef2');
INSERT INTO "weft_events" VALUES('sub-workflow',7,1,1795198442.17825,'StepSucceeded','one/wait',1,'{"data":{"slept":0.001},"metadata":{"call_id":"one/wait#1","from_cache":false}}','a501894f09764c6633b77a375bad7e7771893d20ca7ac9f9a6f9b75f0efecde0');
INSERT INTO "weft_events" VALUES('sub-workflow',8,1,1.79519844217828702928e+09,'StepSucceeded','one/(workflow)',1,'{"data":{"n":8}}','e690579908e18fe8c4e92f3e4906728c285da1d903d1e90cd29da2f749fd3589');
INSERT INTO "weft_events" VALUES('sub-workflow',9,1,1.79519844217830038066e+09,'StepSettled','one',1,'{"status":"succeeded"}','7faca3f1624175c0be051bd5429ac38e91bbe255939cc2159cf131a47e2bed85');
INSERT INTO "weft_events" VALUES('sub-workflow',10,1,1.79519844217831277852e+09,'LoopExpanded','each',NULL,'{"items":[1,2]}','647f45cadbe5294e23b9414106d22606ccf9fd6bac1b4b09f627151b1ba24eb7');
INSERT INTO "weft_events" VALUES('sub-workflow',11,1,1.79519844217835783956e+09,'StepStarted','each[0]',1,'{"with":{"n":1}}','bf83b36a8c1c468deea66b00d166730811a17e656054bc4b7519c2de81e84b8a');
INSERT INTO "weft_events" VALUES('sub-workflow',12,1,1.79519844217836856839e+09,'StepStarted','each[0]/(workflow)',1,'{}','e93cc6aeb07cf571bcb15c7712baf9140e892b905478f58ff0f3b95815ba7db8');
INSERT INTO "weft_events" VALUES('sub-workflow',13,1,1.7951984421783862114e+09,'StepStarted','each[0]/twice',1,'{"with":{"n":2}}','75b8c275fa44854a9d2e54ff019c35b596abdb39f70101f6707d75eee464a12c');
INSERT INTO "weft_events" VALUES('sub-workflow',14,1,1.79519844217876863479e+09,'StepSucceeded','each[0]/twice',1,'{"data":{"n":2},"metadata":{"call_id":"each[0]/twice#1","from_cache":false}}','4656a848cfd04e5e85079fb15f9516168dd40cfb426d70ddea4b9fcbf8118f09');
INSERT INTO "weft_events" VALUES('sub-workflow',15,1,1.79519844217879223817e+09,'StepStarted','each[0]/wait',1,'{}','ec4cfd22aa52415e684daf32e5b3847f2efb4668a663a9fc1a9d78f89280f00f');
INSERT INTO "weft_events" VALUES('sub-workflow',16,1,1.79519844218023800846e+09,'StepSucceeded','each[0]/wait',1,'{"data":{"slept":0.001},"metadata":{"call_id":"each[0]/wait#1","from_cache":false}}','b98d2881f4adf05e1efd8e8dd704797e30638c17b200b273da1aeb666bae40a7');
INSERT INTO "weft_events" VALUES('sub-workflow',17,1,1.79519844218026518823e+09,'StepSucceeded','each[0]/(workflow)',1,'{"data":{"n":2}}','1756e16f1ec58fbc2aefb903987aab71b500d222feee852af25f04d01e8e8381');
INSERT INTO "weft_events" VALUES('sub-workflow',18,1,1.79519844218028163914e+09,'StepSettled','each[0]',1,'{"status":"succeeded"}','710fc9183353669c78ff57798a814a801d61f080688c85bb8d496e36819b111b');
INSERT INTO "weft_events" VALUES('sub-workflow',19,1,1.79519844218030786512e+09,'StepStarted','each[1]',1,'{"with":{"n":2}}','e534da00420357ce073a6c9d85dad3cda83a195896fc1ca12f88eeccbb2c610e');
INSERT INTO "weft_events" VALUES('sub-workflow',20,1,1.79519844218031811712e+09,'StepStarted','each[1]/(workflow)',1,'{}','6ba574efabcdf511d20485406f0d8f8d6f5a7320411f9313f7ddda347367c795');
INSERT INTO "weft_events" VALUES('sub-workflow',21,1,1.79519844218033432963e+09,'StepStarted','each[1]/twice',1,'{"with":{"n":4}}','b9a2829df8e87412657890f452dfa94f3ed0ea9e7d87fa343d1956fcdd2010c9');
INSERT INTO "weft_events" VALUES('sub-workflow',22,1,1.79519844218070459369e+09,'StepSucceeded','each[1]/twice',1,'{"data":{"n":4},"metadata":{"call_id":"each[1]/twice#1","from_cache":false}}','646957625821ec6659c8e0b9189e7340003b348fb3c892e7f73e5f1ba66a4474');
INSERT INTO "weft_events" VALUES('sub-workflow',23,1,1.79519844218072772024e+09,'StepStarted','each[1]/wait',1,'{}','03b0f8c2d0d3269f01fcd4837558f1cfddae9afafec2b7613c1a282f712e9e6e');
INSERT INTO "weft_events" VALUES('sub-workflow',24,1,1.79519844218219757074e+09,'StepSucceeded','each[1]/wait',1,'{"data":{"slept":0.001},"metadata":{"call_id":"each[1]/wait#1","from_cache":false}}','e6f59d96a2251d0a233f023536f490d973af4bf6447496b87a9fde822d674518');
INSERT INTO "weft_events" VALUES('sub-workflow',25,1,1.79519844218221902854e+09,'StepSucceeded','each[1]/(workflow)',1,'{"data":{"n":4}}','b3ada8c560e1641a0beb3785be93cb6b2f4c66e6a4c4ddd7d0448afe486008f6');
INSERT INTO "weft_events" VALUES('sub-workflow',26,1,1.79519844218222975737e+09,'StepSettled','each[1]',1,'{"status":"succeeded"}','79c4a56a72e58df1bab4974b12158bfdecb08089a321c3970a7bb7dacbec7f8a');
INSERT INTO "weft_events" VALUES('sub-workflow',27,1,1.79519844218223166469e+09,'StepSettled','each',NULL,'{"status":"succeeded"}','985c4e2071ce40657b1dfcb6edb4d25bcb2ea914fece2b64be8478ccf51fb3e4');
INSERT INTO "weft_events" VALUES('sub-workflow',28,1,1.79519844218225049976e+09,'RunFinished',NULL,NULL,'{"status":"succeeded","outputs":{"n":8}}','e47fd11da357c06bd586b660db7fb57357c6efda9dc75f56bd5760c676974f16');
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
INSERT INTO "weft_run_values" VALUES('sub-workflow','{}','{"n":8}',NULL);
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
INSERT INTO "weft_runs" VALUES('sub-workflow','sub-workflow','succeeded','9746023e39ceb00d81d9c911c54e7f8423666e7215a124d6cfd3f8afa5f1a59f',1.79519844217266154283e+09,1.79519844217266154283e+09,1.79519844218225049976e+09,1,1,NULL,28,'e47fd11da357c06bd586b660db7fb57357c6efda9dc75f56bd5760c676974f16');
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
INSERT INTO "weft_specs" VALUES('9746023e39ceb00d81d9c911c54e7f8423666e7215a124d6cfd3f8afa5f1a59f','sub-workflow','weft: 1
name: sub-workflow
steps:
  - {id: one, workflow: ./child.weft.yaml, with: {n: 4}}
  - id: each
    foreach: [1, 2]
    workflow: ./child.weft.yaml
    with: {n: $<item>}
outputs:
  n: $<step_one_result.n>
','sub-workflow.weft.yaml','{"project_dir":"/tmp/weft-golden","form":"yaml","called":{"child.weft.yaml":"weft: 1\nname: child\ninputs:\n  n: {type: integer}\nsteps:\n  - {id: twice, tool: echo, with: {n: $<inputs.n * 2>}}\n  - {id: wait, tool: sleep, with: {seconds: 0.001}}\noutputs:\n  n: $<step_twice_result.n>\n"}}');
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
