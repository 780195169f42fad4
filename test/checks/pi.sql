--@ pi.constraints_valid not_occurring 0 0
--@ pi.primary_keys not_occurring 0 0
--@ pi.fk_coverage not_occurring 0 0
--@ pi.unlogged not_occurring 0 0
CREATE TABLE t (a integer PRIMARY KEY, b integer);
ALTER TABLE t ADD CONSTRAINT "C" CHECK (a > 0) NOT VALID;
--@ pi.constraints_valid fail 2 1
--  constraint "C" on public.t | f | NOT VALID
ALTER TABLE t VALIDATE CONSTRAINT "C";
--@ pi.constraints_valid pass 2 0
--  constraint "C" on public.t | t | validated
--  index public.t_pkey on public.t | t | valid
INSERT INTO t VALUES (1, 1), (2, 1);
\set ON_ERROR_STOP off
CREATE UNIQUE INDEX CONCURRENTLY broken ON t (b);
\set ON_ERROR_STOP on
--@ pi.constraints_valid fail 3 1
--  index public.broken on public.t | f | invalid: a build was interrupted or failed

-- primary keys: temporary tables, partitions and tables of extensions are not judged
CREATE TEMPORARY TABLE brief (a integer);
CREATE TABLE "Odd.T" (a integer) PARTITION BY LIST (a);
CREATE TABLE part PARTITION OF "Odd.T" DEFAULT;
--@ pi.primary_keys fail 2 1
--  public."Odd.T" | f | no primary key
--  public.t | t | primary key t_pkey
SELECT soc2.set_check_parameters('pi.primary_keys', '{"exempt": ["public.\"Odd.T\""]}', 'test') IS NOT NULL;
--@ pi.primary_keys pass 2 0
SELECT soc2.set_check_parameters('pi.primary_keys', NULL, 'test') IS NOT NULL;
ALTER TABLE "Odd.T" ADD PRIMARY KEY (a);
--@ pi.primary_keys pass 2 0
--  public."Odd.T" | t | primary key "Odd.T_pkey"

-- foreign keys: by name, in the same schema, of the same type
CREATE TABLE customers (id integer PRIMARY KEY);
CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer, order_id integer, other_id integer, t_id text);
--@ pi.fk_coverage fail 1 1
--  public.orders.customer_id | f | no foreign key, names the key of public.customers
ALTER TABLE orders ADD CONSTRAINT "Fk" FOREIGN KEY (customer_id) REFERENCES customers;
--@ pi.fk_coverage pass 1 0
--  public.orders.customer_id | t | foreign key "Fk"

-- unlogged tables
--@ pi.unlogged pass 4 0
--  public.part | t | logged
ALTER TABLE part SET UNLOGGED;
--@ pi.unlogged fail 4 1
--  public.part | f | UNLOGGED

-- sequences, the extension's too: the smaller of what it counts to and what its column holds
CREATE SEQUENCE small AS smallint MAXVALUE 1000 MINVALUE 1;
--@ pi.seq_exhaustion pass * 0
--  public.small | t | not used
SELECT setval('small', 800);
--@ pi.seq_exhaustion pass * 0
--  public.small | t | 79 percent used
SELECT setval('small', 801);
--@ pi.seq_exhaustion fail * 1
--  public.small | f | 80 percent used
ALTER SEQUENCE small CYCLE;
--@ pi.seq_exhaustion pass * 0
--  public.small | t | starts over
CREATE SEQUENCE "Wide" OWNED BY t.a;
CREATE SEQUENCE down INCREMENT -1 MINVALUE -100 MAXVALUE -1;
SELECT setval('"Wide"', 2000000000), setval('down', -50);
--@ pi.seq_exhaustion fail * 1
--  public."Wide" | f | 93 percent used
--  public.down | t | 49 percent used

-- populations that cannot be empty
--@ never pi.seq_exhaustion not_occurring: there are always those of the extension
