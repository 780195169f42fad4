CREATE SCHEMA "App";
CREATE TABLE "App"."Person" (id integer, mail text);
CREATE TABLE "App".plain (id integer);
CREATE VIEW "App".over_plain AS SELECT * FROM "App".plain;
CREATE VIEW "App".direct AS SELECT * FROM "App"."Person";
CREATE POLICY everybody ON "App"."Person" FOR SELECT USING (true);
CREATE POLICY everybody ON "App".plain USING (true);
--@ rls.classified not_occurring 0 0
--@ rls.true_policy not_occurring 0 0
--@ rls.view_bypass not_occurring 0 0
SELECT soc2.classify('"App"."Person"', 'personal', 'mail');
SELECT soc2.classify('"App".plain', 'internal');
--@ rls.classified fail 1 1
--  "App"."Person" | f | personal data, row security off, 1 policy
--@ rls.true_policy fail 1 1
--  policy everybody on "App"."Person" | f | for PUBLIC, USING (true), WITH CHECK (-)
ALTER TABLE "App"."Person" ENABLE ROW LEVEL SECURITY;
--@ rls.classified fail 1 1
--  "App"."Person" | f | personal data, row security not for the owner, 1 policy
ALTER TABLE "App"."Person" FORCE ROW LEVEL SECURITY;
--@ rls.classified pass 1 0
--  "App"."Person" | t | personal data, row security forced, 1 policy
DROP POLICY everybody ON "App"."Person";
--@ rls.classified fail 1 1
--  "App"."Person" | f | personal data, row security forced, no policy
-- restrictive policies open nothing, and what named roles may is meant so
CREATE ROLE reader;
CREATE POLICY named ON "App"."Person" TO reader USING (true);
CREATE POLICY cut ON "App"."Person" AS RESTRICTIVE USING (true);
CREATE POLICY own ON "App"."Person" USING (mail = CURRENT_USER);
--@ rls.true_policy pass 3 0
--  policy cut on "App"."Person" | t | for PUBLIC, USING (true), WITH CHECK (-)
--  policy named on "App"."Person" | t | for named roles, USING (true), WITH CHECK (-)
CREATE POLICY adds ON "App"."Person" FOR INSERT WITH CHECK (true);
--@ rls.true_policy fail 4 1
--  policy adds on "App"."Person" | f | for PUBLIC, USING (-), WITH CHECK (true)

-- views: those over a view that asks as its reader ask as their owner, too
--@ rls.view_bypass fail 1 1
--  "App".direct | f | asks as its owner, reads "App"."Person"
ALTER VIEW "App".direct SET (security_invoker = on);
CREATE VIEW "App".above AS SELECT * FROM "App".direct;
--@ rls.view_bypass fail 2 1
--  "App".above | f | asks as its owner, reads "App"."Person"
--  "App".direct | t | security_invoker, reads "App"."Person"
ALTER VIEW "App".above SET (security_invoker = true);
--@ rls.view_bypass pass 2 0
--  "App".above | t | security_invoker, reads "App"."Person"
