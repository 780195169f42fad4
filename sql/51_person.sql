/* sql/51_person.sql */

--
-- Persons: who logged in, and who is behind a role.
--

CREATE FUNCTION soc2.login_role()
    RETURNS name
    AS 'MODULE_PATHNAME', 'soc2_login_role_name'
    LANGUAGE C STABLE PARALLEL RESTRICTED;
COMMENT ON FUNCTION soc2.login_role() IS
'role that authenticated, whatever SET ROLE and SET SESSION AUTHORIZATION say';

CREATE FUNCTION soc2.person_of(role name)
    RETURNS text
    AS 'MODULE_PATHNAME', 'soc2_person_of_role'
    LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.person_of(name) IS
'who is behind a role: the owner in soc2.identities, be it the person or who answers for the service, or else the name itself';

CREATE FUNCTION soc2.same_person("first" name, "second" name)
    RETURNS boolean
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT soc2.person_of("first") OPERATOR(pg_catalog.=) soc2.person_of("second");
END;
COMMENT ON FUNCTION soc2.same_person(name, name) IS
'is the same person behind both roles?';

CREATE FUNCTION soc2.require_second_person(act text, first name, second name)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_second_person'
    LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.require_second_person(text, name, name) IS
'true if different persons are behind the two roles, or else the error that the act asks for a second person (S2A01)';
