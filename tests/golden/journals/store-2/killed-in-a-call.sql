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
INSERT INTO "weft_events" VALUES('killed-in-a-call',1,1,1.79519499315303659439e+09,'RunCreated',NULL,NULL,'{"spec":"be5f3a98d9517d5eae2af429bf622984bc9f47d71c1a225dd93771fa7e11cc57","inputs":{},"attempt":1,"folder":"/tmp/weft-golden"}','f2bf5e2b5769a95ab0ebe8417188bba1317f9b98ca14a5df276e868842d2004d');
INSERT INTO "weft_events" VALUES('killed-in-a-call',2,1,1.79519499316568875314e+09,'LoopExpanded','rounds',NULL,'{}','29420e95acba8808da71f1b91fd93e8cc1f47cb8b110941eaf016370e7a78263');
INSERT INTO "weft_events" VALUES('killed-in-a-call',3,1,1.79519499316587114335e+09,'StepStarted','rounds[0]',1,'{"with":{"n":1}}','e11d7a1b7b359a3d49232f576e8393bf28648ece0e892c3872edb9aecf556d71');
INSERT INTO "weft_events" VALUES('killed-in-a-call',4,1,1.79519499316589021685e+09,'StepStarted','rounds[0]/(workflow)',1,'{}','f572d6d9fa81c78d495dbe3c554b7b7940002b83c6a1cf4a5791c7f5d0399fc5');
INSERT INTO "weft_events" VALUES('killed-in-a-call',5,1,1.7951949931659379005e+09,'StepStarted','rounds[0]/quick',1,'{"with":{"n":1}}','04650b389168e52ef1fd4c6c66ad44e4049f90484a5d31b64d68b47b1c21e490');
INSERT INTO "weft_events" VALUES('killed-in-a-call',6,1,1.79519499317448353765e+09,'StepSucceeded','rounds[0]/quick',1,'{"data":{"n":1},"metadata":{"call_id":"rounds[0]/quick#1","from_cache":false}}','c3cdf5ec0e595bc52ee113fcda96ff2c7ce5981159a42221323d0dc4491e3976');
INSERT INTO "weft_events" VALUES('killed-in-a-call',7,1,1.79519499317459821701e+09,'StepSkipped','rounds[0]/slow',NULL,'{"reason":"condition is false","answer":false}','4260dda8df5073997a73f59b49a43d04cdfe07322328585f5499a903f9f911a1');
INSERT INTO "weft_events" VALUES('killed-in-a-call',8,1,1.79519499317465519908e+09,'StepSucceeded','rounds[0]/(workflow)',1,'{"data":{"n":1}}','e3e7357c7e2042285fa285304288631f37576629d96bfd8be9b868b123422dd9');
INSERT INTO "weft_events" VALUES('killed-in-a-call',9,1,1.79519499317467308039e+09,'StepSettled','rounds[0]',1,'{"status":"succeeded"}','57de80e0bddbfea10fb779b484bee71ab66ea0edd7d26534fc4e12e3dec558d1');
INSERT INTO "weft_events" VALUES('killed-in-a-call',10,1,1.79519499317470264433e+09,'LoopTested','rounds',NULL,'{"answer":false}','1da867a26af170af55859f93a84023a0d5746b80d50d78df2c02071c95d99a62');
INSERT INTO "weft_events" VALUES('killed-in-a-call',11,1,1.79519499317481541628e+09,'StepStarted','rounds[1]',1,'{"with":{"n":2}}','ce042c5c4ceb7d3e1756faebc38adcfb5f8efc5b0183c10794c213a41291794e');
INSERT INTO "weft_events" VALUES('killed-in-a-call',12,1,1.7951949931748387814e+09,'StepStarted','rounds[1]/(workflow)',1,'{}','dd95e4883630c2e6751f7397b247d0ebe26b19e9fa913a95f73c8b1ebbd328bb');
INSERT INTO "weft_events" VALUES('killed-in-a-call',13,1,1.79519499317487120628e+09,'StepStarted','rounds[1]/quick',1,'{"with":{"n":2}}','2ce20450d807200e16f98fbde86e698349c31564230e49c6689820b757bb08ab');
INSERT INTO "weft_events" VALUES('killed-in-a-call',14,1,1.7951949931775214672e+09,'StepSucceeded','rounds[1]/quick',1,'{"data":{"n":2},"metadata":{"call_id":"rounds[1]/quick#1","from_cache":false}}','0ab7cf721e0f54288b1434888c9de38507516bd14a855f4b159daf34665405e1');
INSERT INTO "weft_events" VALUES('killed-in-a-call',15,1,1.79519499317764496797e+09,'StepStarted','rounds[1]/slow',1,'{"answer":true}','5e501c0067e12351019c52078f60e6bcc729c3ac34d9773156af9fc61e70d15e');
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
INSERT INTO "weft_runs" VALUES('killed-in-a-call','killed-in-a-call','running','be5f3a98d9517d5eae2af429bf622984bc9f47d71c1a225dd93771fa7e11cc57',1.79519499315303659439e+09,1.79519499315303659439e+09,NULL,1,1,NULL,15,'5e501c0067e12351019c52078f60e6bcc729c3ac34d9773156af9fc61e70d15e');
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
COMMIT;
