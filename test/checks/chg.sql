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
