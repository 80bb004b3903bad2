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
INSERT INTO "weft_events" VALUES('killed-in-a-call',1,1,1.79519844330663919445e+09,'RunCreated',NULL,NULL,'{"spec":"be5f3a98d9517d5eae2af429bf622984bc9f47d71c1a225dd93771fa7e11cc57","inputs":{},"attempt":1,"folder":"/tmp/weft-golden"}','e8bb79b237413dae81f82545f36d36ebf2272a5194b397f9665ad4b4d508890c');
INSERT INTO "weft_events" VALUES('killed-in-a-call',2,1,1.79519844331097555155e+09,'LoopExpanded','rounds',NULL,'{}','75f5f795768985593420e6c7243771b1e7eead94d35fe086ca5a70626c0c77a0');
INSERT INTO "weft_events" VALUES('killed-in-a-call',3,1,1.79519844331115603448e+09,'StepStarted','rounds[0]',1,'{"with":{"n":1}}','6258032ad1314a0f48b548d3bde1856215205c01c8bc1eda419187418f20ffca');
INSERT INTO "weft_events" VALUES('killed-in-a-call',4,1,1.79519844331117415427e+09,'StepStarted','rounds[0]/(workflow)',1,'{}','ef4587f1ef74a1998cf9043be7aebb5771469231cade1d337e11df250b9703b7');
INSERT INTO "weft_events" VALUES('killed-in-a-call',5,1,1.79519844331121850014e+09,'StepStarted','rounds[0]/quick',1,'{"with":{"n":1}}','32d78a3751fa5c62dfdcbb9b1abb7a82e656d34928e4014a5bdbe84912ec5cff');
INSERT INTO "weft_events" VALUES('killed-in-a-call',6,1,1.79519844331232643125e+09,'StepSucceeded','rounds[0]/quick',1,'{"data":{"n":1},"metadata":{"call_id":"rounds[0]/quick#1","from_cache":false}}','5f92a0edc6a1b67053a2df87f7abcb4425f7c045dc011f8f64c471fa8a860534');
INSERT INTO "weft_events" VALUES('killed-in-a-call',7,1,1.7951984433124079704e+09,'StepSkipped','rounds[0]/slow',NULL,'{"reason":"condition is false","answer":false}','b16f590f5a18b90d433e2796a993a21ae1726d95b3372db6c6818190c5dd9490');
INSERT INTO "weft_events" VALUES('killed-in-a-call',8,1,1.79519844331245183939e+09,'StepSucceeded','rounds[0]/(workflow)',1,'{"data":{"n":1}}','cce70744b544ee91fc293c617bc78d1c4b4c7c754b5dadea8939fa76b4eebe76');
INSERT INTO "weft_events" VALUES('killed-in-a-call',9,1,1.79519844331246638301e+09,'StepSettled','rounds[0]',1,'{"status":"succeeded"}','f544e4f81f09a9081cbf0c3311bff06aa7ccef1c64657dfa7a5b38deca5fd27d');
INSERT INTO "weft_events" VALUES('killed-in-a-call',10,1,1.79519844331248950956e+09,'LoopTested','rounds',NULL,'{"answer":false}','7afa8f23ed97d45b48c998423c8bf5a8957b564003168da7491a4ab64d43bd0c');
INSERT INTO "weft_events" VALUES('killed-in-a-call',11,1,1.79519844331255650523e+09,'StepStarted','rounds[1]',1,'{"with":{"n":2}}','de96b1715716ff5195190fd1d03915ecee90f18228d90a2aa4f437a604164bd9');
INSERT INTO "weft_events" VALUES('killed-in-a-call',12,1,1.79519844331257367132e+09,'StepStarted','rounds[1]/(workflow)',1,'{}','5305bedddc6027ea09047b3bedb1190c85ae931b08bcd9d97accf082d5db46e5');
INSERT INTO "weft_events" VALUES('killed-in-a-call',13,1,1.79519844331259799006e+09,'StepStarted','rounds[1]/quick',1,'{"with":{"n":2}}','acd31c889e32a8c0eea01cc2d3a6e8b0eedec21ddd555960a0f5c7ec58cde86d');
INSERT INTO "weft_events" VALUES('killed-in-a-call',14,1,1.79519844331320095067e+09,'StepSucceeded','rounds[1]/quick',1,'{"data":{"n":2},"metadata":{"call_id":"rounds[1]/quick#1","from_cache":false}}','c4b07b27eb08611ce8fb996f676f6f2228eb5738a5345f506281302bde0be354');
INSERT INTO "weft_events" VALUES('killed-in-a-call',15,1,1.79519844331327438355e+09,'StepStarted','rounds[1]/slow',1,'{"answer":true}','924dd142bcf4c21fb9407417c4697f8ada3eaa67a3c9dcfc9526aeac3537560e');
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
INSERT INTO "weft_runs" VALUES('killed-in-a-call','killed-in-a-call','running','be5f3a98d9517d5eae2af429bf622984bc9f47d71c1a225dd93771fa7e11cc57',1.79519844330663919445e+09,1.79519844330663919445e+09,NULL,1,1,NULL,15,'924dd142bcf4c21fb9407417c4697f8ada3eaa67a3c9dcfc9526aeac3537560e');
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
