"""What a hostile or careless author may write where a query is expected: class of attack -> text, by dialect.

`all` is for every dialect that has no text of its own. The table `t` holds one row, `t(a) = 1`.
"""

from __future__ import annotations

ATTACKS: dict[str, dict[str, str | list[str]]] = {
    "a second statement": {
        "all": ["select 1; drop table t", "select 1; delete from t", ";; select 1; delete from t"]
    },
    "out of the transaction": {
        "mysql": [
            "commit; delete from t",
            "rollback; drop table t",
            "commit",
            "rollback",
            "xa start 'x'",
            "start transaction read write",
            "set autocommit = 0",
            "commit and chain",
        ],
        "all": ["commit; delete from t", "rollback; drop table t", "commit", "end"],
        "postgresql": [
            "commit; delete from t",
            "rollback; drop table t",
            "abort; delete from t",
            "commit and chain",
        ],
    },
    "rows changed": {
        "all": [
            "insert into t values (2)",
            "update t set a = 2",
            "delete from t",
            "replace into t values (2)",
        ]
    },
    "rows changed inside a query": {
        "all": [
            "with x as (delete from t returning *) select * from x",
            "with x as (insert into t values (2) returning *) select * from x",
            "select * from (delete from t returning a) as x",
        ]
    },
    "rows changed under explain": {
        "all": ["explain analyze delete from t", "explain analyze insert into t values (2)"]
    },
    "tables changed": {
        "all": [
            "create table x (a int)",
            "create table x as select 1 as a",
            "drop table t",
            "alter table t add column b int",
            "create view x as select 1",
            "create index x on t (a)",
        ],
        "postgresql": [
            "select 1 as a into x",
            "select 1 as a into temp x",
            "truncate t",
            "create temp table x (a int)",
            "comment on table t is 'x'",
            "drop table t",
        ],
    },
    "a merge": {"all": "merge into t using (select 1 as a) as s on t.a = s.a when matched then delete"},
    "a lock": {
        "mysql": [
            "select * from t for update",
            "select * from t for share",
            "select * from t lock in share mode",
            "lock tables t write",
            "select get_lock('weft_attack', 0)",
            "flush tables with read lock",
        ],
        "duckdb": "select * from t for update",
        "sqlite": "begin immediate",
        "postgresql": ["select * from t for update", "select * from t for share", "lock table t"],
    },
    "a file read": {
        "mysql": [
            "select load_file('/etc/hostname')",
            "select `load_file`('/etc/hostname')",
            "select LOAD_FILE ('/etc/hostname')",
            "select mine('/etc/hostname')",
            "load data infile '/etc/hostname' into table t",
            "load data local infile '/etc/hostname' into table t",
            "load xml infile '/etc/hostname' into table t",
        ],
        "duckdb": [
            "select * from read_text('secret.csv')",
            "select * from 'secret.csv'",
            'select * from "secret.csv"',
            "from read_blob('secret.csv')",
            "select * from read_csv_auto('secret.csv')",
            "select * from main.read_text('secret.csv')",
            "select * from query('select * from ''secret.csv''')",
            "select * from glob('*')",
        ],
        "sqlite": ["select readfile('secret.csv')", "select load_extension('x')", "select edit('x')"],
        "postgresql": [
            "select pg_read_file('/etc/hostname')",
            "select pg_catalog.pg_read_file('/etc/hostname')",
            "select (text '/etc/hostname').pg_read_file",
            "select (x.f).pg_read_file from (select text '/etc/hostname' as f) as x",
            "select pg_read_binary_file('/etc/hostname')",
            "select pg_ls_dir('.')",
            "select * from pg_ls_waldir()",
            "select pg_stat_file('/etc/hostname')",
            "select lo_import('/etc/hostname')",
            "copy t from '/etc/hostname'",
        ],
    },
    "a file written": {
        "mysql": [
            "select 'x' into outfile '/tmp/weft-stolen'",
            "select 'x' into dumpfile '/tmp/weft-stolen'",
            "select * from t into outfile '/tmp/weft-stolen' lines starting by '<?php'",
            "(select 'x') union (select 'y' into outfile '/tmp/weft-stolen')",
        ],
        "duckdb": ["copy t to 'stolen.csv'", "export database 'stolen'", "copy (select 1) to 'stolen.csv'"],
        "sqlite": ["vacuum into 'stolen.db'", "select writefile('stolen', 'x')"],
        "postgresql": [
            "copy t to '/tmp/stolen.csv'",
            "copy (select 1) to '/tmp/stolen.csv'",
            "select lo_export(1, '/tmp/x')",
        ],
    },
    "a program run": {
        "mysql": [
            "create function sys_exec returns int soname 'lib_mysqludf_sys.so'",
            "install plugin x soname 'x.so'",
            "install soname 'x.so'",
            "select sys_exec('id')",
        ],
        "duckdb": ["copy t to program 'touch stolen'", "install shellfs from community", "load httpfs"],
        "sqlite": ["select load_extension('libc')", "select fts3_tokenizer('x', x'00')"],
        "postgresql": [
            "copy t to program 'touch /tmp/stolen'",
            "copy t from program 'id'",
            "load 'auto_explain'",
            "create extension plpython3u",
        ],
    },
    "another database": {
        "mysql": [
            "use mysql",
            "create database x",
            "create server s foreign data wrapper mysql options (host 'x')",
            "create table x (a int) engine=federated connection='mysql://x/y/z'",
            "handler t open",
        ],
        "duckdb": ["attach 'other.db' as other", "attach ':memory:' as other", "use other"],
        "sqlite": ["attach 'other.db' as other", "attach ':memory:' as other", "detach main"],
        "postgresql": [
            "select * from dblink('dbname=postgres', 'select 1') as x(a int)",
            "create server s foreign data wrapper postgres_fdw",
            "select query_to_xml('delete from t', true, false, '')",
            "select * from ts_stat('delete from t')",
        ],
    },
    "a setting": {
        "mysql": [
            "set global max_connections = 1",
            "set session transaction read write",
            "set @weft_attack = 1",
            "select @weft_attack := 1",
            "select @@datadir",
            "set sql_mode = ''",
            "set names latin1",
            "set password = 'x'",
            "reset master",
            "select 1 into @weft_attack",
        ],
        "duckdb": [
            "set enable_external_access = true",
            "pragma threads = 1",
            "reset lock_configuration",
            "select current_setting('access_mode')",
        ],
        "sqlite": [
            "pragma query_only = off",
            "pragma writable_schema = on",
            "select * from pragma_table_info('t')",
        ],
        "postgresql": [
            "set transaction read write",
            "set session characteristics as transaction read write",
            "reset all",
            "select set_config('transaction_read_only', 'off', true)",
            "select set_config('default_transaction_read_only', 'off', false)",
            "select current_setting('data_directory')",
            "alter system set fsync = off",
            "alter role current_user set search_path = x",
            "set role none",
            "set session authorization default",
        ],
    },
    "code": {
        "mysql": [
            "do sleep(1)",
            "call f()",
            "create procedure f() delete from t",
            "create function f() returns int return 1",
            "create trigger x after insert on t for each row delete from t",
            "create event e on schedule every 1 second do delete from t",
            "prepare x from 'delete from t'",
            "execute x",
            "execute immediate 'delete from t'",
            "begin not atomic delete from t; end",
        ],
        "duckdb": [
            "create macro f() as 1",
            "call pragma_version()",
            "prepare x as delete from t",
            "execute x",
        ],
        "sqlite": [
            "create trigger x after insert on t begin delete from t; end",
            "create virtual table x using fts5(a)",
        ],
        "postgresql": [
            "do $$ begin delete from t; end $$",
            "call f()",
            "create function f() returns int language sql as 'select 1'",
            "prepare x as delete from t",
            "execute x",
            "declare c cursor with hold for select 1",
            "create rule r as on select to t do instead nothing",
        ],
    },
    "what is kept past the transaction": {
        "mysql": [
            "select nextval(s)",
            "select next value for s",
            "select setval(s, 99)",
            "select last_insert_id(99)",
            "create temporary table x (a int)",
            "savepoint x",
            "analyze table t",
            "grant all on t to public",
            "flush tables",
            "truncate t",
            "select get_lock('weft_attack', 1)",
        ],
        "duckdb": ["select nextval('s')", "set variable x = 1"],
        "sqlite": ["create temp table x (a int)", "savepoint x"],
        "postgresql": [
            "select nextval('s')",
            "select setval('s', 99)",
            "select setseed(0.5)",
            "select lo_create(4711)",
            "select lo_from_bytea(4711, 'x')",
            "notify x",
            "listen x",
            "discard all",
            "vacuum t",
            "analyze t",
            "grant all on t to public",
            "select pg_notify('x', 'y')",
            "select pg_advisory_lock(1)",
            "select txid_current()",
        ],
    },
    "other sessions": {
        "mysql": [
            "kill 1",
            "kill query 1",
            "select sleep(0.01)",
            "select benchmark(10, md5('x'))",
            "shutdown",
            "create user x",
            "show processlist",
            "purge binary logs to 'x'",
        ],
        "postgresql": [
            "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and false",
            "select pg_cancel_backend(1)",
            "select pg_reload_conf()",
            "select pg_rotate_logfile()",
            "select pg_switch_wal()",
            "checkpoint",
            "create role x superuser",
            "create database x",
        ],
    },
    "comments that are executed elsewhere": {
        "mysql": [
            "select 1 /*! , load_file('/etc/hostname') */",
            "select 1 /*!50000 , sleep(0.01) */",
            "select 1 /*M!100100 , sleep(0.01) */",
            "/*! delete from t */ drop table t",
            "select 1 /*!into*/ /*!outfile*/ '/tmp/weft-stolen'",
            "select 1 /* ; */; delete from t -- */",
            "-- x\ndrop table t",
            "select 1 /*!99999 union select 2 */",
        ],
        "all": [
            "/*! delete from t */ drop table t",
            "select 1 /* ; */; delete from t -- */",
            "-- x\ndrop table t",
        ],
    },
    "no query at all": {"all": ["selec 1", "'; drop table t; --", "select * from t where", "\x00"]},
    "deep nesting": {"all": ["select " + "(" * 5_000 + "1" + ")" * 5_000, "select " + "- " * 20_000 + "1"]},
}


def of(dialect: str) -> list[tuple[str, str]]:
    """Every attack on the dialect: its class and its text."""
    found = []
    for name, texts in ATTACKS.items():
        some = texts.get(dialect, texts.get("all", []))
        found += [(name, text) for text in ([some] if isinstance(some, str) else some)]
    return found
