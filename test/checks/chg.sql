-- chg.trigger_disabled
--@ chg.trigger_disabled pass * 0
CREATE TABLE "Accounts" (id integer PRIMARY KEY);
CREATE TABLE entries (id integer, account integer CONSTRAINT entry_account REFERENCES "Accounts");
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER "One" BEFORE INSERT ON entries FOR EACH ROW EXECUTE FUNCTION keep();
CREATE TRIGGER two BEFORE INSERT ON entries FOR EACH ROW EXECUTE FUNCTION keep();
ALTER TABLE entries ENABLE REPLICA TRIGGER two;
CREATE TEMPORARY TABLE scratch (id integer);
CREATE TRIGGER off BEFORE INSERT ON scratch FOR EACH ROW EXECUTE FUNCTION keep();
ALTER TABLE scratch DISABLE TRIGGER off;
--@ chg.trigger_disabled pass * 0
--  trigger "One" on public.entries | t | enabled
--  trigger two on public.entries | t | enabled on replicas only
ALTER TABLE entries DISABLE TRIGGER "One";
--@ chg.trigger_disabled fail * 1
--  trigger "One" on public.entries | f | disabled
ALTER TABLE "Accounts" DISABLE TRIGGER ALL;
--@ chg.trigger_disabled fail * 3
--  ~ ^trigger "RI_ConstraintTrigger_a_\d+" on public."Accounts" \| f \| disabled$

-- chg.prepared_xacts
--@ chg.prepared_xacts not_occurring 0 0
BEGIN;
PREPARE TRANSACTION 'it''s one';
--@ chg.prepared_xacts pass 1 0
--  'it''s one' in chg | t | owner postgres, prepared within 1 hour
SELECT soc2.set_check_parameters('chg.prepared_xacts', '{"max_age": "0"}', 'test');
--@ chg.prepared_xacts fail 1 1
--  'it''s one' in chg | f | owner postgres, prepared more than 0 ago
ROLLBACK PREPARED 'it''s one';

-- chg.event_triggers
CREATE FUNCTION look() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER "Look" ON ddl_command_end EXECUTE FUNCTION look();
--@ chg.event_triggers pass * 0
--  event trigger "Look" | t | on ddl_command_end, enabled
ALTER EVENT TRIGGER "Look" ENABLE REPLICA;
--@ chg.event_triggers fail * 1
--  event trigger "Look" | f | on ddl_command_end, enabled on replicas only
ALTER EVENT TRIGGER "Look" DISABLE;
--@ chg.event_triggers fail * 1
--  event trigger "Look" | f | on ddl_command_end, disabled

-- chg.replica_role
--@ chg.replica_role pass 1 0
--  server | t | session_replication_role = origin
CREATE ROLE "R";
ALTER ROLE "R" IN DATABASE chg SET session_replication_role = 'Replica';
ALTER ROLE "R" SET session_replication_role = 'origin';
--@ chg.replica_role fail 3 1
--  role "R" in database chg | f | session_replication_role = Replica
--  role "R" | t | session_replication_role = origin
ALTER ROLE "R" IN DATABASE chg RESET ALL;
ALTER SYSTEM SET session_replication_role = replica;
--@ reload
--@ chg.replica_role fail 2 1
--  server | f | session_replication_role = replica

-- populations that cannot be empty
--@ never chg.event_triggers not_occurring: there are always those of the extension
--@ never chg.replica_role not_occurring: it judges the server as a whole
--@ never chg.trigger_disabled not_occurring: there are always those of the extension
