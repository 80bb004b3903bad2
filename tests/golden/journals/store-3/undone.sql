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
INSERT INTO "weft_events" VALUES('undone',1,1,1.79519844226268696779e+09,'RunCreated',NULL,NULL,'{"spec":"ce5de089de66aa4acb869dbbd8b9d54871466b20dae75fb58db69528c64c6c88","inputs":{},"attempt":1,"folder":"/tmp/weft-golden"}','a25e2302cfb861bf2426e75fceb4e2e55e0aeb55944e1da977fe551e568a22fc');
INSERT INTO "weft_events" VALUES('undone',2,1,1.79519844226591730124e+09,'StepStarted','book',1,'{}','41eb5d8d39d69ae6a1db53f15b6d9ac52532317b643e8bc4093406ef730cfd04');
INSERT INTO "weft_events" VALUES('undone',3,1,1.7951984422665126324e+09,'StepSucceeded','book',1,'{"data":{"id":7},"metadata":{"call_id":"book#1","from_cache":false}}','e447ddecd7b52f83fa61ce7d370f8044ef61523e154d2896edff5b8c730b8773');
INSERT INTO "weft_events" VALUES('undone',4,1,1.79519844226656579973e+09,'LoopExpanded','seats',NULL,'{"items":["a","b"]}','120246fa350325692f7fb6c8bfcb6347c5400103695437d6d86a4f147d26c7e4');
INSERT INTO "weft_events" VALUES('undone',5,1,1.79519844226660013194e+09,'StepStarted','seats[0]',1,'{"with":{"seat":"a"}}','3e50e4657fea397691eede546342d8d9bf978ada17959669c6d7889c9ef8ed42');
INSERT INTO "weft_events" VALUES('undone',6,1,1.79519844226694893834e+09,'StepSucceeded','seats[0]',1,'{"data":{"seat":"a"},"metadata":{"call_id":"seats[0]#1","from_cache":false}}','6c397afd983db18d4b249ec9f29b81886c11e2f2ffc8d4eefe0a8c4d9fbdf694');
INSERT INTO "weft_events" VALUES('undone',7,1,1.7951984422669718265e+09,'StepStarted','seats[1]',1,'{"with":{"seat":"b"}}','488b45fa7ac25d3f74fde27c1546da252ac65b82ecf39725ef3eb98806c5c587');
INSERT INTO "weft_events" VALUES('undone',8,1,1.79519844226723384855e+09,'StepSucceeded','seats[1]',1,'{"data":{"seat":"b"},"metadata":{"call_id":"seats[1]#1","from_cache":false}}','6492f29ed28a572da79d343b9a68ebbdbde3e0ba8b23384734ab678d03d9e78c');
INSERT INTO "weft_events" VALUES('undone',9,1,1.79519844226725292209e+09,'StepSettled','seats',NULL,'{"status":"succeeded"}','7cb8c06643c2a3d5fee1bf3ea93a7661402cbf77fbc7d06ce200f09b13340970');
INSERT INTO "weft_events" VALUES('undone',10,1,1.79519844226725888247e+09,'StepStarted','fee',1,'{}','230c8ad58f177df759e08e81df11c08add9116add333ed183853612d88d04cc3');
INSERT INTO "weft_events" VALUES('undone',11,1,1.79519844226755785946e+09,'StepSucceeded','fee',1,'{"data":{"paid":3},"metadata":{"call_id":"fee#1","from_cache":false}}','f98f5f7e59bfdbf97d711f050cf74843214e51904a9b86622d210c172c0e6e5a');
INSERT INTO "weft_events" VALUES('undone',12,1,1.79519844226757383344e+09,'StepStarted','pay',1,'{}','fdd75124f81c617fbdc13c730e4c1ead1126e679a0fc289109f6eaad30213c0f');
INSERT INTO "weft_events" VALUES('undone',13,1,1.79519844226786184308e+09,'StepFailed','pay',1,'{"error":{"type":"failed","code":null,"message":"no money","hint":null}}','4e84050c8faccb85106ff0d79c26fa31b08a3d6161a1073d3909a4cb356b8e20');
INSERT INTO "weft_events" VALUES('undone',14,1,1.79519844226789665225e+09,'StepStarted','fee/(undo)',1,'{}','f4fdc3c461b7a147e0095f0d8867e987e6d82f04276c8a031613e92c8612bf55');
INSERT INTO "weft_events" VALUES('undone',15,1,1.79519844226820898054e+09,'StepFailed','fee/(undo)',1,'{"error":{"type":"failed","code":null,"message":"no way back","hint":null}}','a264ed79914a331c89a8183f453eecf316be979b97666f22e0e9454a76af3b78');
INSERT INTO "weft_events" VALUES('undone',16,1,1.79519844226823353772e+09,'StepStarted','seats[1]/(undo)',1,'{"with":{"free":"b"}}','78e0a23b048ced5d76e6514110cc80155b1d00891e5add3d6703415cfa976daf');
INSERT INTO "weft_events" VALUES('undone',17,1,1.79519844226850175863e+09,'StepSucceeded','seats[1]/(undo)',1,'{"data":{"free":"b"},"metadata":{"call_id":"seats[1]/(undo)#1","from_cache":false}}','a452490b0be682856725f80aabebe92500371d309ccf24168141f899a3458909');
INSERT INTO "weft_events" VALUES('undone',18,1,1.79519844226852273941e+09,'StepStarted','seats[0]/(undo)',1,'{"with":{"free":"a"}}','3b40db1d41bf78e084a8421d684b86dc12cb00ec00bd65e6d738434650f51f53');
INSERT INTO "weft_events" VALUES('undone',19,1,1.7951984422688069343e+09,'StepSucceeded','seats[0]/(undo)',1,'{"data":{"free":"a"},"metadata":{"call_id":"seats[0]/(undo)#1","from_cache":false}}','cea085698d941098871d93c868193267ab003ac622594a34ddae437da24afbd0');
INSERT INTO "weft_events" VALUES('undone',20,1,1.79519844226883816713e+09,'StepStarted','book/(undo)',1,'{"with":{"cancelled":7}}','4b4e1edb64c37c7e09a162df882b079a8d2b428263b72ed60ae39c83f629279d');
INSERT INTO "weft_events" VALUES('undone',21,1,1.79519844226908469207e+09,'StepSucceeded','book/(undo)',1,'{"data":{"cancelled":7},"metadata":{"call_id":"book/(undo)#1","from_cache":false}}','89894e012a032bf529b086635ce8689e61053c89420f3ee6203e0e009879cc45');
INSERT INTO "weft_events" VALUES('undone',22,1,1.79519844226910018922e+09,'StepStarted','(finally)',1,'{}','61341894b60292eff305455217989267d253d88b7ca07d09a1108ca765280e71');
INSERT INTO "weft_events" VALUES('undone',23,1,1.79519844226913809779e+09,'StepStarted','(finally)/tidy',1,'{"with":{"status":"failed"}}','9aff708ea09a2f3ec8b27da1375bae5bf5e293223d13eeb56264ecd0d9457355');
INSERT INTO "weft_events" VALUES('undone',24,1,1.79519844226938343053e+09,'StepSucceeded','(finally)/tidy',1,'{"data":{"status":"failed"},"metadata":{"call_id":"(finally)/tidy#1","from_cache":false}}','f30aeadc4cafc38d67095961f33b5910f35416c88f40bd6a74f71bfe4c1418af');
INSERT INTO "weft_events" VALUES('undone',25,1,1.79519844226940560342e+09,'RunFinished',NULL,NULL,'{"status":"failed","outputs":{},"error":{"step":"pay","type":"failed","code":null,"message":"no money","hint":null}}','041087a13e9954475b90bdd9b3d1f1a125c609eae10bd423f3e69f337838055d');
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
INSERT INTO "weft_run_values" VALUES('undone','{}','{}','{"step":"pay","type":"failed","code":null,"message":"no money","hint":null}');
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
INSERT INTO "weft_runs" VALUES('undone','undone','failed','ce5de089de66aa4acb869dbbd8b9d54871466b20dae75fb58db69528c64c6c88',1.79519844226268696779e+09,1.79519844226268696779e+09,1.79519844226940560342e+09,1,1,NULL,25,'041087a13e9954475b90bdd9b3d1f1a125c609eae10bd423f3e69f337838055d');
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
INSERT INTO "weft_specs" VALUES('ce5de089de66aa4acb869dbbd8b9d54871466b20dae75fb58db69528c64c6c88','undone','weft: 1
name: undone
steps:
  - id: book
    tool: echo
    with: {id: 7}
    undo: {tool: echo, with: {cancelled: $<step_book_result.id>}}
  - id: seats
    foreach: [a, b]
    tool: echo
    with: {seat: $<item>}
    undo: {tool: echo, with: {free: $<item>}}
  - id: fee
    tool: echo
    with: {paid: 3}
    undo: {tool: fail, with: {message: no way back}}
  - id: pay
    tool: fail
    with: {message: no money}
finally:
  - {id: tidy, tool: echo, with: {status: $<run.status>}}
','undone.weft.yaml','{"project_dir":"/tmp/weft-golden","form":"yaml"}');
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
