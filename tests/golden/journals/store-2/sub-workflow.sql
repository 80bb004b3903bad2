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
INSERT INTO "weft_events" VALUES('sub-workflow',1,1,1.79519498629505038257e+09,'RunCreated',NULL,NULL,'{"spec":"9746023e39ceb00d81d9c911c54e7f8423666e7215a124d6cfd3f8afa5f1a59f","inputs":{},"attempt":1,"folder":"/tmp/weft-golden"}','e0c0c97aaad115c2458ca381ef490edbfd31944f7f95ee7dd729c670b3db7b3e');
INSERT INTO "weft_events" VALUES('sub-workflow',2,1,1.79519498630992865558e+09,'StepStarted','one',1,'{}','2d35f21a2d68baa44840955edacc725da75648d684655191a6c39e7db9f35fbb');
INSERT INTO "weft_events" VALUES('sub-workflow',3,1,1.79519498630994462969e+09,'StepStarted','one/(workflow)',1,'{}','b26d4e012d3fb703e508c53e280e6f88a4fa8be8c658c40e17d2eb1bbf421bb7');
INSERT INTO "weft_events" VALUES('sub-workflow',4,1,1.79519498631000041957e+09,'StepStarted','one/twice',1,'{"with":{"n":8}}','c62ba42d7dc1bbb9879e65a5a3f3aa0c77ccb79b11353cd7f95207ca610f6778');
INSERT INTO "weft_events" VALUES('sub-workflow',5,1,1.79519498631277155879e+09,'StepSucceeded','one/twice',1,'{"data":{"n":8},"metadata":{"call_id":"one/twice#1","from_cache":false}}','c97f836b2cc98cf211fbe667bd8fb19a7f84a39881d5005d082d017b4b734efd');
INSERT INTO "weft_events" VALUES('sub-workflow',6,1,1.79519498631284880633e+09,'StepStarted','one/wait',1,'{}','9f05f5ab2d262a36317a017dabd3e9d985fbb93bd35ef8d2448bce5218ebda52');
INSERT INTO "weft_events" VALUES('sub-workflow',7,1,1.79519498631826329229e+09,'StepSucceeded','one/wait',1,'{"data":{"slept":0.001},"metadata":{"call_id":"one/wait#1","from_cache":false}}','96b9c2b03abf40b21b9253794b4e7bbec8db232ca67c6aa3d7548de84c4d43f6');
INSERT INTO "weft_events" VALUES('sub-workflow',8,1,1.79519498631834053996e+09,'StepSucceeded','one/(workflow)',1,'{"data":{"n":8}}','603f861fd40ec0c4cf3fcb19a2351f6fa09b930539228e2dd49319857f6f007f');
INSERT INTO "weft_events" VALUES('sub-workflow',9,1,1.79519498631836056708e+09,'StepSettled','one',1,'{"status":"succeeded"}','f29becf7527e0a4d2e9665e7646945de987f6837d2189b9006a2019f4ea63561');
INSERT INTO "weft_events" VALUES('sub-workflow',10,1,1.79519498631837940219e+09,'LoopExpanded','each',NULL,'{"items":[1,2]}','dbd560bd1b2d907756036fb8e3d9e4c05e6cb8d119bfcabd4af45816b5bc5914');
INSERT INTO "weft_events" VALUES('sub-workflow',11,1,1.79519498631847739217e+09,'StepStarted','each[0]',1,'{"with":{"n":1}}','a7202f473dc246d148ffbcb76e1d03721fb047de4ec300b45628a231a529cae1');
INSERT INTO "weft_events" VALUES('sub-workflow',12,1,1.79519498631849527357e+09,'StepStarted','each[0]/(workflow)',1,'{}','0fd109361e9c2a42fe10e2f7f125cc260f5b6c047eb9ba65b6f50a73a2064a8b');
INSERT INTO "weft_events" VALUES('sub-workflow',13,1,1.79519498631852865216e+09,'StepStarted','each[0]/twice',1,'{"with":{"n":2}}','703d70450c4aafe770ac2139268eb455d8464e2cba022571fd6150c15b951ef6');
INSERT INTO "weft_events" VALUES('sub-workflow',14,1,1.79519498632486677164e+09,'StepSucceeded','each[0]/twice',1,'{"data":{"n":2},"metadata":{"call_id":"each[0]/twice#1","from_cache":false}}','a082b3cd8ed2b8c6c5c454a8b9d0bccb5bd0c31acf98d3bd44e8eef5debd45af');
INSERT INTO "weft_events" VALUES('sub-workflow',15,1,1.79519498632493233682e+09,'StepStarted','each[0]/wait',1,'{}','f3f4cc12f6fb63291f2240e89bdedb5250f9145a135a2992aec1399fa289bdfa');
INSERT INTO "weft_events" VALUES('sub-workflow',16,1,1.79519498633286952969e+09,'StepSucceeded','each[0]/wait',1,'{"data":{"slept":0.001},"metadata":{"call_id":"each[0]/wait#1","from_cache":false}}','0eda52c30050bff18972d9d440a3a1c22e9f850348285fbda4c9d586a0d0e03f');
INSERT INTO "weft_events" VALUES('sub-workflow',17,1,1.79519498633296656613e+09,'StepSucceeded','each[0]/(workflow)',1,'{"data":{"n":2}}','dd1d5236a510f33f823582be40ec680dc72d5f2bcd4bde4f409a6ef9e4fe0bb4');
INSERT INTO "weft_events" VALUES('sub-workflow',18,1,1.79519498633298826223e+09,'StepSettled','each[0]',1,'{"status":"succeeded"}','05ed607368e5f3eb1413dae61d32c41b9cac5c77d800c83989a0a35b1ac0368d');
INSERT INTO "weft_events" VALUES('sub-workflow',19,1,1.79519498633307743066e+09,'StepStarted','each[1]',1,'{"with":{"n":2}}','1c2e2b101e9e0fc410be6eecbb2f4ef8e0efc31e7f3ad1f0d1dffd4add921bd5');
INSERT INTO "weft_events" VALUES('sub-workflow',20,1,1.79519498633309864993e+09,'StepStarted','each[1]/(workflow)',1,'{}','d19882f89f65ac6ab6a6ee34c5fa30d164e423868863aab70e6060d779c4a7da');
INSERT INTO "weft_events" VALUES('sub-workflow',21,1,1.79519498633314180378e+09,'StepStarted','each[1]/twice',1,'{"with":{"n":4}}','3eabcc24bc612201489cba147fa5c66904598a6f1273756673da6cad2f78b16a');
INSERT INTO "weft_events" VALUES('sub-workflow',22,1,1.79519498633731794355e+09,'StepSucceeded','each[1]/twice',1,'{"data":{"n":4},"metadata":{"call_id":"each[1]/twice#1","from_cache":false}}','092ef030d7639f2943cdbb2ef1d8a47bc8e25ff44c39d7a7eb9e9a409b23b928');
INSERT INTO "weft_events" VALUES('sub-workflow',23,1,1.7951949863373947143e+09,'StepStarted','each[1]/wait',1,'{}','ffcdef5dfbadf2285bfabf836901ef69d9024b8b3ee272b26032a8bc10eb70eb');
INSERT INTO "weft_events" VALUES('sub-workflow',24,1,1.7951949863437960148e+09,'StepSucceeded','each[1]/wait',1,'{"data":{"slept":0.001},"metadata":{"call_id":"each[1]/wait#1","from_cache":false}}','856b1eeaf81a844431a2941eb1d6711b848b7573d29c7003664de765f2d78682');
INSERT INTO "weft_events" VALUES('sub-workflow',25,1,1.79519498634387540819e+09,'StepSucceeded','each[1]/(workflow)',1,'{"data":{"n":4}}','a9a5babbf31cb1e20b2c2ae6db0fb0958d3bd68f7d59e83b46bd6b4ec3a99fc7');
INSERT INTO "weft_events" VALUES('sub-workflow',26,1,1.79519498634389519696e+09,'StepSettled','each[1]',1,'{"status":"succeeded"}','d35ff23df60c5ca9f34067d4a0a6b4260d3af3af579fecc54a497415f9788c35');
INSERT INTO "weft_events" VALUES('sub-workflow',27,1,1795194986.3439,'StepSettled','each',NULL,'{"status":"succeeded"}','5eda224e58a0cab3c7c540a51639df49642ed041e743fdb7973cd5a68783beed');
INSERT INTO "weft_events" VALUES('sub-workflow',28,1,1.79519498634392905235e+09,'RunFinished',NULL,NULL,'{"status":"succeeded","outputs":{"n":8}}','e47a1a97ecb0718b2e1cb2a27f65f9ae434cc5e0fbab04a978d01b586fede318');
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
INSERT INTO "weft_runs" VALUES('sub-workflow','sub-workflow','succeeded','9746023e39ceb00d81d9c911c54e7f8423666e7215a124d6cfd3f8afa5f1a59f',1.79519498629505038257e+09,1.79519498629505038257e+09,1.79519498634392905235e+09,1,1,NULL,28,'e47a1a97ecb0718b2e1cb2a27f65f9ae434cc5e0fbab04a978d01b586fede318');
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
CREATE INDEX weft_runs_by_age ON weft_runs (created_at, run_id);
CREATE INDEX weft_runs_by_status ON weft_runs (status, created_at);
COMMIT;
