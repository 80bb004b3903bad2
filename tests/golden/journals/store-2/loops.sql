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
INSERT INTO "weft_events" VALUES('loops',1,1,1.79519498591785573956e+09,'RunCreated',NULL,NULL,'{"spec":"365c73404f96534984a6f0c0614268c3502aaa41b252f2c32ce7966ce4c954e7","inputs":{},"attempt":1,"folder":"/tmp/weft-golden"}','caa9c3f69e0f7ac00db69ea5e1a6152a29f9e7868b5003088ada9156300133f4');
INSERT INTO "weft_events" VALUES('loops',2,1,1.79519498592162489889e+09,'LoopExpanded','squares',NULL,'{"items":[1,2,3]}','d61e170ca65ef3fff9c10aea207a468d2234c7c0137de6f9f073debac3c0b629');
INSERT INTO "weft_events" VALUES('loops',3,1,1.79519498592167043682e+09,'LoopExpanded','named',NULL,'{"items":[{"name":"a/b","items":[1,2]},{"name":"with \"quotes\"","items":[3]}],"keys":["a/b","with \"quotes\""]}','dfc0ac316d2dfaea3e1f0e91e6878a8156d0624c80a90ccd0312063540b84f80');
INSERT INTO "weft_events" VALUES('loops',4,1,1.7951949859216833115e+09,'LoopExpanded','tolerant',NULL,'{"items":[1,2,3]}','b66e0150dd413310695b448f4e807712d11c8091e45ce6d184ebb9044383a5a6');
INSERT INTO "weft_events" VALUES('loops',5,1,1.79519498592169308667e+09,'LoopExpanded','broken_off',NULL,'{"items":[1,2,3,4]}','94c20785ae8bd7f9b15d8ef4b7583a49d9ec08ca5ebc8c38339b75aad567ef87');
INSERT INTO "weft_events" VALUES('loops',6,1,1.79519498592170023915e+09,'StepStarted','named["a/b"]',1,'{}','8747aad12819a596b49c92423665d81185bcf4af607f961f302d00668cf2aa03');
INSERT INTO "weft_events" VALUES('loops',7,1,1.79519498592172217364e+09,'StepStarted','tolerant[0]',1,'{}','a7ed1bdfe676dd87f5d4f720ecc4068201f64192525952ef007f7242770078e3');
INSERT INTO "weft_events" VALUES('loops',8,1,1.7951949859217526912e+09,'LoopExpanded','named["a/b"]/each',NULL,'{"items":[1,2]}','d9bfe2c8372b63a6f93fe33f02bb57109b0a2f98ed15c432ece94385c6d452f3');
INSERT INTO "weft_events" VALUES('loops',9,1,1.7951949859217846393e+09,'StepSkipped','tolerant[0]/two',NULL,'{"reason":"condition is false","answer":false}','2300a0a8d85bff7b6d52cf4c30fe1165c01e3d4c0272e8e8a8bfa853cd39506a');
INSERT INTO "weft_events" VALUES('loops',10,1,1.79519498592180919648e+09,'StepSettled','tolerant[0]',1,'{"status":"succeeded"}','781cb27e6929ceeb32c7f1a51c51955018995e0953d6b68737ad69af86039e11');
INSERT INTO "weft_events" VALUES('loops',11,1,1.7951949859218139648e+09,'StepStarted','tolerant[1]',1,'{}','30417596f06f62d1ad662b24c1bd20aad5660b1e6d98bc87e228d140c4fc6e59');
INSERT INTO "weft_events" VALUES('loops',12,1,1.79519498592186403269e+09,'StepStarted','squares[0]',1,'{"with":{"n":1}}','f4330a1e0db6e95495d0537a17584c74723907ee7496f0442ab333f9e2170873');
INSERT INTO "weft_events" VALUES('loops',13,1,1.79519498592188358303e+09,'StepStarted','broken_off[0]',1,'{"with":{"v":1}}','5b71df58e4e2873b89064cb36c502fa3a3c3d9bed4843a55efa6e0bc662da322');
INSERT INTO "weft_events" VALUES('loops',14,1,1.79519498592189884192e+09,'StepStarted','named["a/b"]/each[0]',1,'{"with":{"v":1}}','985684b11ae6b5f74502cac2cb871ad23bd5e9374beeaf173e556c77914f04b9');
INSERT INTO "weft_events" VALUES('loops',15,1,1.7951949859219110012e+09,'StepStarted','tolerant[1]/two',1,'{"answer":true}','eca6519645b031ba963ec63cc943feed5a109b446c3df57fade0f5fb623e8988');
INSERT INTO "weft_events" VALUES('loops',16,1,1.79519498592709088324e+09,'StepSucceeded','squares[0]',1,'{"data":{"n":1},"metadata":{"call_id":"squares[0]#1","from_cache":false}}','77a194bd20501ad591fe724ce30b039b7504209afe8470b63473ec09a75d53d8');
INSERT INTO "weft_events" VALUES('loops',17,1,1.79519498592713046074e+09,'StepSucceeded','broken_off[0]',1,'{"data":{"v":1},"metadata":{"call_id":"broken_off[0]#1","from_cache":false}}','77020104c12c6158e3f1bc0dffef9fcae76dc79a8ac1941915f2a2fccb3e3191');
INSERT INTO "weft_events" VALUES('loops',18,1,1.79519498592714548106e+09,'StepSucceeded','named["a/b"]/each[0]',1,'{"data":{"v":1},"metadata":{"call_id":"named[\"a/b\"]/each[0]#1","from_cache":false}}','4fea625d01123426e3828c6e9ce0afd1f293980d35ea28255ed842479f8e11a2');
INSERT INTO "weft_events" VALUES('loops',19,1,1.79519498592716073991e+09,'StepFailed','tolerant[1]/two',1,'{"error":{"type":"failed","code":null,"message":"two","hint":null}}','941fd81259349994f88f84dc151c9d490baac56cda72fb31efe2e8c8912977d1');
INSERT INTO "weft_events" VALUES('loops',20,1,1.79519498592723202707e+09,'LoopTested','broken_off[0]',NULL,'{"answer":false}','6d8b5c722c799bb07bec7b35f7d6796fa89dff8f16bcee23ac483ca9dccbb5ac');
INSERT INTO "weft_events" VALUES('loops',21,1,1.79519498592724657056e+09,'StepSettled','tolerant[1]',1,'{"status":"failed","error":{"step":"tolerant[1]/two","type":"failed","code":null,"message":"two","hint":null}}','ba7174d506b7f77561d9f5d3eb6b0d80927e25dc55a9e9628df78cf593b94542');
INSERT INTO "weft_events" VALUES('loops',22,1,1.79519498592725348473e+09,'StepStarted','tolerant[2]',1,'{}','eea5bfb2028fcf88af239ab8598a938e0559f665f3d3cf44a134ba390296b3f8');
INSERT INTO "weft_events" VALUES('loops',23,1,1.795194985927295208e+09,'StepSkipped','tolerant[2]/two',NULL,'{"reason":"condition is false","answer":false}','b8e2d63b81a675e1e046b0eef4a462754abe3670fe18b8b8b1bf133014097550');
INSERT INTO "weft_events" VALUES('loops',24,1,1.79519498592731142046e+09,'StepSettled','tolerant[2]',1,'{"status":"succeeded"}','3e0d02d1e576f8503ba9f09e71996c944017e5fc7d9007aae296dc3a0d79aa54');
INSERT INTO "weft_events" VALUES('loops',25,1,1.79519498592731380466e+09,'StepSettled','tolerant',NULL,'{"status":"succeeded"}','6c7fb11489015e195bc9e60c9ed0452050b917b57e53b261d0bd95d45b3e014c');
INSERT INTO "weft_events" VALUES('loops',26,1,1.79519498592734718322e+09,'StepStarted','squares[1]',1,'{"with":{"n":4}}','a1f9214e68b2c58947adc31f8f158525d982ec78d807483418beda30efe4241e');
INSERT INTO "weft_events" VALUES('loops',27,1,1.79519498592736983294e+09,'StepStarted','named["a/b"]/each[1]',1,'{"with":{"v":2}}','a357ff3f4870fb9a9c8151fdbde0188aa22f8d7af5fecfdd8174a391e1e31b4c');
INSERT INTO "weft_events" VALUES('loops',28,1,1.79519498592738699915e+09,'StepStarted','broken_off[1]',1,'{"with":{"v":2}}','e0538bb04fc04547e1057793c21145db14f4891f07e63afe8a23a40c03c83ecc');
INSERT INTO "weft_events" VALUES('loops',29,1,1.79519498592901587488e+09,'StepSucceeded','squares[1]',1,'{"data":{"n":4},"metadata":{"call_id":"squares[1]#1","from_cache":false}}','0251f2dbbbf0a3a692451a406ba0fc257ba5912d247115d5c8d040870c2f09f3');
INSERT INTO "weft_events" VALUES('loops',30,1,1.79519498592905139919e+09,'StepSucceeded','named["a/b"]/each[1]',1,'{"data":{"v":2},"metadata":{"call_id":"named[\"a/b\"]/each[1]#1","from_cache":false}}','f84e7e0841ed2971ecb46a8ef9bea7ed11fda45c2c7563944a07affcad9301f8');
INSERT INTO "weft_events" VALUES('loops',31,1,1.79519498592910170552e+09,'StepSucceeded','broken_off[1]',1,'{"data":{"v":2},"metadata":{"call_id":"broken_off[1]#1","from_cache":false}}','da79480db60e6c4b63c0ae18911a40af9d5e2525833268f50fdeb14b6ba7c78a');
INSERT INTO "weft_events" VALUES('loops',32,1,1.79519498592912077903e+09,'StepSettled','named["a/b"]/each',NULL,'{"status":"succeeded"}','9d683b43d91162d2ae54049a47b13dab22458ccf7cfd6ada6de86dc95d40a265');
INSERT INTO "weft_events" VALUES('loops',33,1,1.7951949859291265011e+09,'StepSettled','named["a/b"]',1,'{"status":"succeeded"}','63abe2febc02a613b6c4adc5a70972ab95fac9f30cd9ada25fefb6fbaf161484');
INSERT INTO "weft_events" VALUES('loops',34,1,1.79519498592913150786e+09,'StepStarted','named["with \"quotes\""]',1,'{}','c1ae95188f4da0665db29cf9a5d4969305d93224bd0bbb1069424c5a88ca260e');
INSERT INTO "weft_events" VALUES('loops',35,1,1.79519498592917633051e+09,'LoopTested','broken_off[1]',NULL,'{"answer":true}','66338a8d03385877a532a1b8c9b141dbee287dcbef44056ee45952ab1886078a');
INSERT INTO "weft_events" VALUES('loops',36,1,1.79519498592921590801e+09,'LoopExpanded','named["with \"quotes\""]/each',NULL,'{"items":[3]}','322e973a0cae9f14df603d5fc5bda9b7ecf22513cc1f8306e4ea4ad81cb25a09');
INSERT INTO "weft_events" VALUES('loops',37,1,1.79519498592922949796e+09,'StepSettled','broken_off',NULL,'{"status":"succeeded"}','002cd2f59212b2c4abdb6a205b488c505ee48c05707a27f21f331586c5692c32');
INSERT INTO "weft_events" VALUES('loops',38,1,1.795194985929256916e+09,'StepStarted','squares[2]',1,'{"with":{"n":9}}','f5036a2f7b26eea1630d063b2574528d859c10336023a2dd7d5b7421ccc558f8');
INSERT INTO "weft_events" VALUES('loops',39,1,1.79519498592927575107e+09,'StepStarted','named["with \"quotes\""]/each[0]',1,'{"with":{"v":3}}','210e714b571ec88b9bdc28f04c0650c3114d451212f640cc2473fea650117a29');
INSERT INTO "weft_events" VALUES('loops',40,1,1.79519498593293380739e+09,'StepSucceeded','squares[2]',1,'{"data":{"n":9},"metadata":{"call_id":"squares[2]#1","from_cache":false}}','0a8cd5e1f93312dc8c3c556150d06d394492300c10306bb1bc3c6e2ff7ed397f');
INSERT INTO "weft_events" VALUES('loops',41,1,1.79519498593296599388e+09,'StepSucceeded','named["with \"quotes\""]/each[0]',1,'{"data":{"v":3},"metadata":{"call_id":"named[\"with \\\"quotes\\\"\"]/each[0]#1","from_cache":false}}','f50afded2fb62b92bb5d75d0829296c3cd088996877c0e447e0eabb9124fed71');
INSERT INTO "weft_events" VALUES('loops',42,1,1.79519498593299388885e+09,'StepSettled','squares',NULL,'{"status":"succeeded"}','62288db8187abc38ac26693db07a0d353e4b2ed9a521d8504e71c7aba13d62e4');
INSERT INTO "weft_events" VALUES('loops',43,1,1.79519498593299794194e+09,'StepSettled','named["with \"quotes\""]/each',NULL,'{"status":"succeeded"}','772cd0827715ea58a512a77efe789773e7744ae3bc1874665d1a06e42e59fab5');
INSERT INTO "weft_events" VALUES('loops',44,1,1.79519498593300175668e+09,'StepSettled','named["with \"quotes\""]',1,'{"status":"succeeded"}','0337c05b08bc3b46d5d7f688c157ed01e2b018b74379958768d9ab1f673afa75');
INSERT INTO "weft_events" VALUES('loops',45,1,1.79519498593300509455e+09,'StepSettled','named',NULL,'{"status":"succeeded"}','9c1117c8ecb7d767ccb0455f5e7c4395cb69a20f39dcedf30234b965887c4179');
INSERT INTO "weft_events" VALUES('loops',46,1,1.79519498593300986287e+09,'RunFinished',NULL,NULL,'{"status":"succeeded","outputs":{}}','ba709183317d6de5940921f5e837161bc3cb428aa69acb4f9407a7a43418b26a');
CREATE TABLE weft_run_values (
	run_id VARCHAR(128) NOT NULL, 
	inputs TEXT NOT NULL, 
	outputs TEXT, 
	error TEXT, 
	PRIMARY KEY (run_id), 
	FOREIGN KEY(run_id) REFERENCES weft_runs (run_id)
);
INSERT INTO "weft_run_values" VALUES('loops','{}','{}',NULL);
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
INSERT INTO "weft_runs" VALUES('loops','loops','succeeded','365c73404f96534984a6f0c0614268c3502aaa41b252f2c32ce7966ce4c954e7',1.79519498591785573956e+09,1.79519498591785573956e+09,1.79519498593300986287e+09,1,1,NULL,46,'ba709183317d6de5940921f5e837161bc3cb428aa69acb4f9407a7a43418b26a');
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
INSERT INTO "weft_specs" VALUES('365c73404f96534984a6f0c0614268c3502aaa41b252f2c32ce7966ce4c954e7','loops','weft: 1
name: loops
mode: dag
steps:
  - id: squares
    foreach: [1, 2, 3]
    tool: echo
    with: {n: $<item * item>}
  - id: named
    foreach: {in: [{name: a/b, items: [1, 2]}, {name: ''with "quotes"'', items: [3]}], key: item.name}
    steps:
      - id: each
        foreach: $<item["items"]>
        tool: echo
        with: {v: $<item>}
  - id: tolerant
    foreach: {in: [1, 2, 3], tolerate: 1}
    steps:
      - {id: two, when: item == 2, tool: fail, with: {message: two}}
  - id: broken_off
    foreach: {in: [1, 2, 3, 4], concurrency: 1, break_when: last.v == 2}
    tool: echo
    with: {v: $<item>}
','loops.weft.yaml','{"project_dir":"/tmp/weft-golden","form":"yaml"}');
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
