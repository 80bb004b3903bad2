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
INSERT INTO "weft_events" VALUES('loops',1,1,1.79519844208589291574e+09,'RunCreated',NULL,NULL,'{"spec":"365c73404f96534984a6f0c0614268c3502aaa41b252f2c32ce7966ce4c954e7","inputs":{},"attempt":1,"folder":"/tmp/weft-golden"}','8a337640f561d44db2140a30920832c2a64571374081253460f423c8d134114a');
INSERT INTO "weft_events" VALUES('loops',2,1,1.79519844209095144269e+09,'LoopExpanded','squares',NULL,'{"items":[1,2,3]}','2d7f13693b4d0ed116131863630c0d883f3939c2a5521ca9d74c6fe9435dbd71');
INSERT INTO "weft_events" VALUES('loops',3,1,1.79519844209100341795e+09,'LoopExpanded','named',NULL,'{"items":[{"name":"a/b","items":[1,2]},{"name":"with \"quotes\"","items":[3]}],"keys":["a/b","with \"quotes\""]}','c66a11d8be0040109e6ccd1397dcf7962003d7ca20873722d25c0f8d1590118f');
INSERT INTO "weft_events" VALUES('loops',4,1,1.79519844209101963041e+09,'LoopExpanded','tolerant',NULL,'{"items":[1,2,3]}','30e2032547d8560909042de7ad4b0d9250e4a66ce4af7d1ed7a974abebf0b636');
INSERT INTO "weft_events" VALUES('loops',5,1,1.79519844209103155135e+09,'LoopExpanded','broken_off',NULL,'{"items":[1,2,3,4]}','4f33c4850aaa635e3bc267a45644ff2a63a53cdb6352155b92ca1ec8ab80303d');
INSERT INTO "weft_events" VALUES('loops',6,1,1.79519844209104037285e+09,'StepStarted','named["a/b"]',1,'{}','220370f4be37077c30988664d1fcf19e98aa6af372cd6daf24fee96914991232');
INSERT INTO "weft_events" VALUES('loops',7,1,1.79519844209106683736e+09,'StepStarted','tolerant[0]',1,'{}','6cca1273d03e5c627b8f232c62b400fe45b83c1ab7a754296ce58aaea517e423');
INSERT INTO "weft_events" VALUES('loops',8,1,1.79519844209109497067e+09,'LoopExpanded','named["a/b"]/each',NULL,'{"items":[1,2]}','08339d9541c8c0664a30b31421e5614d055a6bbe6bf5aa8de291a628371287c4');
INSERT INTO "weft_events" VALUES('loops',9,1,1.79519844209112763399e+09,'StepSkipped','tolerant[0]/two',NULL,'{"reason":"condition is false","answer":false}','8dc5e082cb4474031832d348d248b74fee641425baace957a1628bef313626b5');
INSERT INTO "weft_events" VALUES('loops',10,1,1.795198442091155529e+09,'StepSettled','tolerant[0]',1,'{"status":"succeeded"}','a2e46f6451008de0cc8cb4b66231f3c317849b725d0470138e4cc8c5d4288a30');
INSERT INTO "weft_events" VALUES('loops',11,1,1795198442.09116,'StepStarted','tolerant[1]',1,'{}','33ab190341ebbf1195da1ac0b2e1a0ebe94e2acb2c652e2f444bcc782795f1da');
INSERT INTO "weft_events" VALUES('loops',12,1,1.79519844209121489523e+09,'StepStarted','squares[0]',1,'{"with":{"n":1}}','a55a80b6d03014d016187669489afbd6270e0ee5c02bce9977902409562405dd');
INSERT INTO "weft_events" VALUES('loops',13,1,1.79519844209123849865e+09,'StepStarted','broken_off[0]',1,'{"with":{"v":1}}','bcbdfb1090f5a2d475d3020df949b6e67969f16bbfb5108c7b7e2b656b4ad11b');
INSERT INTO "weft_events" VALUES('loops',14,1,1.79519844209125256544e+09,'StepStarted','named["a/b"]/each[0]',1,'{"with":{"v":1}}','ee666756cae58c6c6f050b25ca8539f3889b22d1af852e68cad58320b598e416');
INSERT INTO "weft_events" VALUES('loops',15,1,1.79519844209125947948e+09,'StepStarted','tolerant[1]/two',1,'{"answer":true}','2f99de9e7f8679db12e460a400a78c426f222c85a9f2d4373408f87261b9441a');
INSERT INTO "weft_events" VALUES('loops',16,1,1.79519844209258389467e+09,'StepSucceeded','squares[0]',1,'{"data":{"n":1},"metadata":{"call_id":"squares[0]#1","from_cache":false}}','49647828282b9769d84e52b80cc13302b0282f4af0f9ae843150b32bcaf1eeb8');
INSERT INTO "weft_events" VALUES('loops',17,1,1.79519844209261226651e+09,'StepSucceeded','broken_off[0]',1,'{"data":{"v":1},"metadata":{"call_id":"broken_off[0]#1","from_cache":false}}','c73c1417eaebcddfa2fd207816147b71850348dbb8922da02317c3f92ea73af0');
INSERT INTO "weft_events" VALUES('loops',18,1,1.795198442092623949e+09,'StepSucceeded','named["a/b"]/each[0]',1,'{"data":{"v":1},"metadata":{"call_id":"named[\"a/b\"]/each[0]#1","from_cache":false}}','e3c331dec5398c0fb8d9ab7afb69b2e8f34640f3a90f6cce6c81edbd5f4d7f63');
INSERT INTO "weft_events" VALUES('loops',19,1,1.79519844209268665318e+09,'StepFailed','tolerant[1]/two',1,'{"error":{"type":"failed","code":null,"message":"two","hint":null}}','f5de60ccf617bdc16e2c52aeca98a61108a8df57c0814a1242519e123a8e53f4');
INSERT INTO "weft_events" VALUES('loops',20,1,1.79519844209273719782e+09,'LoopTested','broken_off[0]',NULL,'{"answer":false}','616082279d577ba26eb1f8d2e5de1d9cf9e76fa577be9b578d7ea497ada1200b');
INSERT INTO "weft_events" VALUES('loops',21,1,1.79519844209275269506e+09,'StepSettled','tolerant[1]',1,'{"status":"failed","error":{"step":"tolerant[1]/two","type":"failed","code":null,"message":"two","hint":null}}','5712ce5fc9eac368fd5c8f6d9c40091614249b720e13116e247452d73c940e25');
INSERT INTO "weft_events" VALUES('loops',22,1,1.79519844209275698659e+09,'StepStarted','tolerant[2]',1,'{}','04ee3ddd20b8714f22d3bafc0e31d53ff95709b6344d76f91714eb332871fa28');
INSERT INTO "weft_events" VALUES('loops',23,1,1.79519844209278273583e+09,'StepSkipped','tolerant[2]/two',NULL,'{"reason":"condition is false","answer":false}','ed55d0b7d3dfc73b09f98a16d96566a39c89d7c9d238c506c9fd5c35b2e5e539');
INSERT INTO "weft_events" VALUES('loops',24,1,1.79519844209279823298e+09,'StepSettled','tolerant[2]',1,'{"status":"succeeded"}','21acf58ce42a3440b41a53086b5e71b9b37e5eb2d291d5e9805530a80560efe7');
INSERT INTO "weft_events" VALUES('loops',25,1,1.79519844209280109411e+09,'StepSettled','tolerant',NULL,'{"status":"succeeded"}','ba27d4ee2a1488b6fc620695ab1f9dda120118ef26f1bec0c0c0fd4337ce5446');
INSERT INTO "weft_events" VALUES('loops',26,1,1.79519844209281945225e+09,'StepStarted','squares[1]',1,'{"with":{"n":4}}','e4f216abc41b8533880b877f6f8a03fcf82020b5b0166ff175a9c57043bafcef');
INSERT INTO "weft_events" VALUES('loops',27,1,1.79519844209283614159e+09,'StepStarted','named["a/b"]/each[1]',1,'{"with":{"v":2}}','0b9be7fff866390906b7e50f4293ed46032d155a05758cf550da8b974021ebde');
INSERT INTO "weft_events" VALUES('loops',28,1,1.79519844209284734721e+09,'StepStarted','broken_off[1]',1,'{"with":{"v":2}}','ad36b1116e7f7aabd563265c5b27902543e5b9cd77104ceff6c55749ea621bd1');
INSERT INTO "weft_events" VALUES('loops',29,1,1.79519844209367012972e+09,'StepSucceeded','squares[1]',1,'{"data":{"n":4},"metadata":{"call_id":"squares[1]#1","from_cache":false}}','9cc99e525c916a24419f85f2ccf6ebb709db1f25ef361549a44d519debf96e8a');
INSERT INTO "weft_events" VALUES('loops',30,1,1.795198442093688488e+09,'StepSucceeded','named["a/b"]/each[1]',1,'{"data":{"v":2},"metadata":{"call_id":"named[\"a/b\"]/each[1]#1","from_cache":false}}','bf8f1fea08c162da59b96ec0049453027779096a157d2ed4694a852d2868deaf');
INSERT INTO "weft_events" VALUES('loops',31,1,1.79519844209370684623e+09,'StepSucceeded','broken_off[1]',1,'{"data":{"v":2},"metadata":{"call_id":"broken_off[1]#1","from_cache":false}}','43c8c31fee1b5c5a90164731d6f18835ae0976cb2c0f5a8c8891bd2e81d28122');
INSERT INTO "weft_events" VALUES('loops',32,1,1.79519844209372091289e+09,'StepSettled','named["a/b"]/each',NULL,'{"status":"succeeded"}','8a3be45b6441fe0aeb34cf5d6325bc19fcb06063ec8ba7e8165f49714102f842');
INSERT INTO "weft_events" VALUES('loops',33,1,1.7951984420937240124e+09,'StepSettled','named["a/b"]',1,'{"status":"succeeded"}','f27ae15a7a1e4f7d9cc4d6161119f22d4e59bb7e6afc40d05606a45b20f4d84e');
INSERT INTO "weft_events" VALUES('loops',34,1,1.79519844209372758866e+09,'StepStarted','named["with \"quotes\""]',1,'{}','f5609eff0f42f4762fcd2676a98c98192f25615911850277562f3d2a7d1d7e3a');
INSERT INTO "weft_events" VALUES('loops',35,1,1.79519844209375786783e+09,'LoopTested','broken_off[1]',NULL,'{"answer":true}','c37fbb4894d1fcc47555fa5f6a67523d52e5fb7c49ca1f8a2152a3600e254a7a');
INSERT INTO "weft_events" VALUES('loops',36,1,1.79519844209384512906e+09,'LoopExpanded','named["with \"quotes\""]/each',NULL,'{"items":[3]}','0d55ece03f51945de76d007f6912bd293474d48b77cac6cae9964bc53090de2f');
INSERT INTO "weft_events" VALUES('loops',37,1,1.79519844209385728839e+09,'StepSettled','broken_off',NULL,'{"status":"succeeded"}','679a8b6f3ea613fc7dfcd62825f6b7d16ed6be124abde9e47d3754626735a9c0');
INSERT INTO "weft_events" VALUES('loops',38,1,1.79519844209387326237e+09,'StepStarted','squares[2]',1,'{"with":{"n":9}}','8c2aecf3ecdfad5681b55dcf6298c49b76c152a7e5ee5af0995c459ff13bb859');
INSERT INTO "weft_events" VALUES('loops',39,1,1.79519844209388828278e+09,'StepStarted','named["with \"quotes\""]/each[0]',1,'{"with":{"v":3}}','fa4e19db01e194f7a40c138b0ef45c6789b04abd9fe31adf15e5b165faf5a31c');
INSERT INTO "weft_events" VALUES('loops',40,1,1.7951984420945615768e+09,'StepSucceeded','squares[2]',1,'{"data":{"n":9},"metadata":{"call_id":"squares[2]#1","from_cache":false}}','cadcf7219a9f8643cca8b81dcd8649f7ce2bd5ff29f74191613db47280509f85');
INSERT INTO "weft_events" VALUES('loops',41,1,1.79519844209457898141e+09,'StepSucceeded','named["with \"quotes\""]/each[0]',1,'{"data":{"v":3},"metadata":{"call_id":"named[\"with \\\"quotes\\\"\"]/each[0]#1","from_cache":false}}','1ccab1fce35433a88c965ce8c2d833ff4ff7d7b3b9fda8c432e968570f9de3df');
INSERT INTO "weft_events" VALUES('loops',42,1,1.79519844209460186952e+09,'StepSettled','squares',NULL,'{"status":"succeeded"}','a88311afd47c3771a260a3c56960736c6a948dca292ed640e45289de3d646bce');
INSERT INTO "weft_events" VALUES('loops',43,1,1.7951984420946059227e+09,'StepSettled','named["with \"quotes\""]/each',NULL,'{"status":"succeeded"}','33917e0a984c059372fc4551115cd64fc2e84ac2f263f93bf26e52b0cf8239bf');
INSERT INTO "weft_events" VALUES('loops',44,1,1.79519844209460783003e+09,'StepSettled','named["with \"quotes\""]',1,'{"status":"succeeded"}','ea7c9caeae25f9ba2440f24576c5009f7c9d494f8c906df5f1701d86f5f145eb');
INSERT INTO "weft_events" VALUES('loops',45,1,1795198442.09461,'StepSettled','named',NULL,'{"status":"succeeded"}','18b1297f6bbbda76b34d0028caf1f50935a91af3445285c720f345edd63ba70f');
INSERT INTO "weft_events" VALUES('loops',46,1,1.7951984420946147442e+09,'RunFinished',NULL,NULL,'{"status":"succeeded","outputs":{}}','ab48fa73e3220c7cbd1d6e5078f7abddf49d48aa2549619a61b4058d923a0ae7');
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
INSERT INTO "weft_runs" VALUES('loops','loops','succeeded','365c73404f96534984a6f0c0614268c3502aaa41b252f2c32ce7966ce4c954e7',1.79519844208589291574e+09,1.79519844208589291574e+09,1.7951984420946147442e+09,1,1,NULL,46,'ab48fa73e3220c7cbd1d6e5078f7abddf49d48aa2549619a61b4058d923a0ae7');
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
CREATE INDEX weft_runs_by_status ON weft_runs (status, created_at);
CREATE INDEX weft_runs_by_age ON weft_runs (created_at, run_id);
COMMIT;
