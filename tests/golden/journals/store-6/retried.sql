BEGIN TRANSACTION;
CREATE TABLE weft_audit (
	number BIGINT NOT NULL, 
	at DOUBLE NOT NULL, 
	run_id VARCHAR(128) NOT NULL, 
	entry TEXT NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (number)
)
 WITHOUT ROWID

;
CREATE TABLE weft_audit_head (
	place INTEGER NOT NULL, 
	number BIGINT NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (place)
);
INSERT INTO "weft_audit_head" VALUES(1,0,'0000000000000000000000000000000000000000000000000000000000000000');
CREATE TABLE weft_buckets (
	bucket VARCHAR(64) NOT NULL, 
	clock VARCHAR(64) NOT NULL, 
	at DOUBLE NOT NULL, 
	level DOUBLE NOT NULL, 
	full_at DOUBLE NOT NULL, 
	PRIMARY KEY (bucket)
);
CREATE TABLE weft_data (
	run_id VARCHAR(128) NOT NULL, 
	name TEXT NOT NULL, 
	part BIGINT NOT NULL, 
	body BLOB NOT NULL, 
	PRIMARY KEY (run_id, name, part), 
	FOREIGN KEY(run_id) REFERENCES weft_runs (run_id)
);
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
INSERT INTO "weft_events" VALUES('retried',1,1,1.79520957993584752082e+09,'RunCreated',NULL,NULL,'{"spec":"c8eb4fc6bc162471d4d7b26ed3bed1248169a656bcefae948381ff3d6d925cf8","inputs":{},"attempt":1,"folder":"/tmp/weft-golden"}','91246636afb1e95bf385e87f8a49966843278cf54becadec943eda9b07e6536b');
INSERT INTO "weft_events" VALUES('retried',2,1,1.79520957994487190246e+09,'StepStarted','first',1,'{}','cce5f70e48e024a9872691eab1085c46d25ee86cf23044faf17ced60447149f1');
INSERT INTO "weft_events" VALUES('retried',3,1,1.7952095799488008022e+09,'StepSucceeded','first',1,'{"data":{"n":1},"metadata":{"call_id":"first#1","from_cache":false}}','e4fff91c602e11cedffdc07b457cab8e9ac83c54264eda9b3b88b50eda112a72');
INSERT INTO "weft_events" VALUES('retried',4,1,1.79520957994887256619e+09,'StepStarted','flaky',1,'{}','29c23b33123517da1709378b2fcc1a89bb46881269d66caa9a52874d677812b2');
INSERT INTO "weft_events" VALUES('retried',5,1,1.79520957996377897259e+09,'StepFailed','flaky',1,'{"error":{"type":"failed","code":"exit 1","message":"the command ended with exit 1","hint":null,"data":{"exit_code":1,"stdout":"","stderr":""}}}','7a13fc1f0e38bde95b93e9539d393706937e0ba42ecae003ce5451bc89497caf');
INSERT INTO "weft_events" VALUES('retried',6,1,1.79520957996385025975e+09,'StepSkipped','each',NULL,'{"reason":"upstream_failed","cause":"flaky"}','87949a9b0deb618cabc95f36f9010a8af1dd736a14f12ee232cdfc64e5063436');
INSERT INTO "weft_events" VALUES('retried',7,1,1.79520957996385717393e+09,'RunFinished',NULL,NULL,'{"status":"partial_failure","outputs":{},"error":{"step":"flaky","type":"failed","code":"exit 1","message":"the command ended with exit 1","hint":null,"data":{"exit_code":1,"stdout":"","stderr":""}}}','a43d03b282293d70ada2d6fb62ada9b50d055603a9423285bdc2ac38b45ffc2a');
INSERT INTO "weft_events" VALUES('retried',8,2,1.7952095800094530582e+09,'RunReopened',NULL,NULL,'{"attempt":2,"owner":{"host":"vm","pid":32187,"pid_start":3025647,"boot_id":"973cf1a9-0d23-494d-8fa9-b247e906e7be","pid_space":"pid:[4026531836]"}}','908c6019be791ef5322c0fd648f5924cfe4fd800802da62277e150279c97b477');
INSERT INTO "weft_events" VALUES('retried',9,2,1.79520958001589083668e+09,'StepStarted','flaky',2,'{}','ddf59f8457b75d0ad937a7f9c3b291f32a8d7695b40ecd4512c5c32bcd670e6e');
INSERT INTO "weft_events" VALUES('retried',10,2,1.79520958002147531509e+09,'StepSucceeded','flaky',2,'{"data":{"exit_code":0,"stdout":"","stderr":""},"metadata":{"call_id":"flaky#2","from_cache":false}}','a043848b7a233dd4f7de77b129beb2ffede0888f9e8bea6246093bfecb4f6bcc');
INSERT INTO "weft_events" VALUES('retried',11,2,1.79520958002158021924e+09,'LoopExpanded','each',NULL,'{"items":["a","b"]}','2c0931ad28fce740ab8f64e6068847751c93ef25c9bc04286a64bf711db774dc');
INSERT INTO "weft_events" VALUES('retried',12,2,1.79520958002169823651e+09,'StepStarted','each[0]',1,'{"with":{"item":"a","after":0}}','f78d51a88c920562ec514cc8cebaf0f4aca84f456c713c615f699377a2a324d0');
INSERT INTO "weft_events" VALUES('retried',13,2,1.79520958002246356008e+09,'StepSucceeded','each[0]',1,'{"data":{"item":"a","after":0},"metadata":{"call_id":"each[0]#1","from_cache":false}}','a8850f70928709fe18a5d1c912953135765e0e6b2d7372d1aa27c883583d7cf4');
INSERT INTO "weft_events" VALUES('retried',14,2,1.79520958002252697949e+09,'StepStarted','each[1]',1,'{"with":{"item":"b","after":0}}','932b6671376e6b5d687231ad272f2f2bd5bf15214c2834de9be9940f8fc11bec');
INSERT INTO "weft_events" VALUES('retried',15,2,1.79520958002294349666e+09,'StepSucceeded','each[1]',1,'{"data":{"item":"b","after":0},"metadata":{"call_id":"each[1]#1","from_cache":false}}','52fe2624daf62a35513ad710d731165dc5e38998d03862004c2e602f5b2f0c6c');
INSERT INTO "weft_events" VALUES('retried',16,2,1.7952095800229713917e+09,'StepSettled','each',NULL,'{"status":"succeeded"}','892cb0af3d5337d0c94463607981f1a7210916097c9ff1e859a9a438c9fd1af8');
INSERT INTO "weft_events" VALUES('retried',17,2,1.79520958002301430703e+09,'RunFinished',NULL,NULL,'{"status":"succeeded","outputs":{"items":2}}','4d05f0fccd7d3030405f48fe4183b201a23ead1803112c18712557147a7a0017');
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
CREATE TABLE weft_results (
	"key" VARCHAR(64) NOT NULL, 
	space VARCHAR(64) NOT NULL, 
	made_at DOUBLE NOT NULL, 
	until DOUBLE NOT NULL, 
	used_at DOUBLE NOT NULL, 
	text TEXT NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY ("key")
);
CREATE TABLE weft_results_begun (
	"key" VARCHAR(64) NOT NULL, 
	run_id VARCHAR(128) NOT NULL, 
	epoch BIGINT NOT NULL, 
	holder TEXT NOT NULL, 
	PRIMARY KEY ("key")
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
INSERT INTO "weft_runs" VALUES('retried','retried','succeeded','c8eb4fc6bc162471d4d7b26ed3bed1248169a656bcefae948381ff3d6d925cf8',1.79520957993584752082e+09,1.7952095800094530582e+09,1.79520958002301430703e+09,2,2,NULL,17,'4d05f0fccd7d3030405f48fe4183b201a23ead1803112c18712557147a7a0017');
CREATE TABLE weft_salt (
	name VARCHAR(32) NOT NULL, 
	value VARCHAR(128) NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE weft_schema (
	version INTEGER NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	PRIMARY KEY (version)
);
INSERT INTO "weft_schema" VALUES(1,'runs_and_events');
INSERT INTO "weft_schema" VALUES(2,'templates');
INSERT INTO "weft_schema" VALUES(3,'ownership');
INSERT INTO "weft_schema" VALUES(4,'large_data');
INSERT INTO "weft_schema" VALUES(5,'audit');
INSERT INTO "weft_schema" VALUES(6,'sharing');
CREATE TABLE weft_spans_owed (
	run_id VARCHAR(128) NOT NULL, 
	at DOUBLE NOT NULL, 
	PRIMARY KEY (run_id)
);
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
CREATE INDEX weft_results_by_age ON weft_results (until);
CREATE INDEX weft_results_by_use ON weft_results (space, used_at);
COMMIT;
