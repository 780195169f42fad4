-- The views read the files, so most of this needs no reload.
--@ write pg_hba.conf
--  # nothing
--@ auth.hba_no_trust not_occurring 0 0
--@ auth.hba_no_cleartext not_occurring 0 0
--@ auth.hba_tls_required not_occurring 0 0
--@ auth.hba_wide_range not_occurring 0 0
--@ auth.hba_all_all not_occurring 0 0
--@ auth.hba_parse_errors not_occurring 0 0
--@ auth.hba_superuser_remote pass 1 0
--  postgres | t | no rule for other machines

--@ write pg_hba.conf
--  local all all trust
--  host all all ::1/128 md5
--  local replication "Two Words",b trust
--  host all all 10.0.0.0/8 pam
--  host sales all 2001:db8::/20 scram-sha-256
--  host all all 0.0.0.0/0 reject
--  host all clerk all scram-sha-256
--  host all postgres .example.com gss
--  host all all samehost md5
--  hostgssenc all all 10.1.0.0/16 gss
--@ auth.hba_no_trust fail 10 2
--  pg_hba.conf:1 | f | local all all - trust
--  pg_hba.conf:2 | t | host all all ::1/128 md5
--  pg_hba.conf:3 | f | local replication Two Words,b - trust
--@ auth.hba_no_cleartext fail 7 3
--  pg_hba.conf:2 | f | host all all ::1/128 md5
--  pg_hba.conf:4 | f | host all all 10.0.0.0/8 pam
--  pg_hba.conf:8 | t | host all postgres .example.com gss
--  pg_hba.conf:9 | f | host all all samehost md5
--@ auth.hba_tls_required fail 5 4
--  pg_hba.conf:4 | f | host all all 10.0.0.0/8 pam
--  pg_hba.conf:5 | f | host sales all 2001:db8::/20 scram-sha-256
--  pg_hba.conf:10 | t | hostgssenc all all 10.1.0.0/16 gss
--@ auth.hba_wide_range fail 5 3
--  pg_hba.conf:4 | f | host all all 10.0.0.0/8 pam
--  pg_hba.conf:5 | f | host sales all 2001:db8::/20 scram-sha-256
--  pg_hba.conf:7 | f | host all clerk all scram-sha-256
--  pg_hba.conf:8 | t | host all postgres .example.com gss
--  pg_hba.conf:10 | t | hostgssenc all all 10.1.0.0/16 gss
--@ auth.hba_all_all fail 5 2
--  pg_hba.conf:4 | f | host all all 10.0.0.0/8 pam
--  pg_hba.conf:5 | t | host sales all 2001:db8::/20 scram-sha-256
--@ auth.hba_superuser_remote fail 1 1
--  postgres | f | pg_hba.conf:4: host all all 10.0.0.0/8 pam
SELECT soc2.set_check_parameters('auth.hba_superuser_remote', '{"approved": ["postgres"]}', 'test') IS NOT NULL;
--@ auth.hba_superuser_remote pass 1 0
SELECT soc2.set_check_parameters('auth.hba_superuser_remote', NULL, 'test') IS NOT NULL;

-- who is rejected before is out of reach, but only for what is rejected
CREATE ROLE admins;
CREATE ROLE "Root" SUPERUSER LOGIN;
CREATE ROLE root2 SUPERUSER LOGIN IN ROLE admins;
CREATE ROLE nobody SUPERUSER NOLOGIN;
--@ write pg_hba.conf
--  local all all trust
--  host all postgres all reject
--  host all +admins 10.0.0.0/8 reject
--  hostnossl all Root 10.0.0.0/8 reject
--  host all all 10.1.0.0/16 scram-sha-256
--@ auth.hba_superuser_remote fail 3 1
--  postgres | t | no rule for other machines
--  Root | f | pg_hba.conf:5: host all all 10.1.0.0/16 scram-sha-256
--  root2 | t | no rule for other machines
--@ write pg_hba.conf
--  host all postgres,Root all reject
--  host sales +admins 10.0.0.0/8 reject
--  host all +admins 10.1.0.0/16 scram-sha-256
--  host all all 127.0.0.1/8 scram-sha-256
--@ auth.hba_superuser_remote fail 3 1
--  Root | t | no rule for other machines
--  root2 | f | pg_hba.conf:3: host all +admins 10.1.0.0/16 scram-sha-256

-- a line that cannot be read is not judged, the others are; what can be read
-- and is in error can be judged
--@ write pg_hba.conf
--  host all all 10.0.0.0/8 nonsense
--  local all all trust
--@ auth.hba_no_trust fail 2 1
--  ~ ^pg_hba.conf:1 \|  \| invalid authentication method "nonsense"$
--@ auth.hba_parse_errors fail 2 1
--  ~ ^pg_hba.conf:1 \| f \| invalid authentication method "nonsense"$
--  pg_hba.conf:2 | t | can be read
--@ write pg_ident.conf
--  good a b
--  bad a
--@ auth.hba_parse_errors fail 4 2
--  pg_ident.conf:1 | t | can be read
--  ~ ^pg_ident.conf:2 \| f \| .+
--@ write pg_hba.conf
--  host all all 10.0.0.0/8 nonsense
--  hostssl all all 10.1.0.0/16 scram-sha-256
--@ auth.hba_no_trust error 2 0
--  ~ ^pg_hba.conf:2 \| t \| hostssl all all 10.1.0.0/16 scram-sha-256$
--@ auth.hba_no_cleartext error 2 0
--@ auth.hba_tls_required error 2 0
--@ auth.hba_wide_range error 2 0
--@ auth.hba_superuser_remote fail 3 3
--@ write pg_hba.conf
--  host all all 10.0.0.0/8 nonsense
--@ auth.hba_superuser_remote error 3 0
--  Root |  | 1 lines cannot be read

--@ write pg_ident.conf
--  good a b
--@ write pg_hba.conf
--  local all all peer
--  local replication all peer
--  hostgssenc sales clerk 10.1.0.0/16 gss
--@ auth.hba_no_trust pass 3 0
--  pg_hba.conf:1 | t | local all all - peer
--@ auth.hba_no_cleartext pass 1 0
--  pg_hba.conf:3 | t | hostgssenc sales clerk 10.1.0.0/16 gss
--@ auth.hba_tls_required pass 1 0
--  pg_hba.conf:3 | t | hostgssenc sales clerk 10.1.0.0/16 gss
--@ auth.hba_wide_range pass 1 0
--  pg_hba.conf:3 | t | hostgssenc sales clerk 10.1.0.0/16 gss
--@ auth.hba_all_all pass 1 0
--  pg_hba.conf:3 | t | hostgssenc sales clerk 10.1.0.0/16 gss
--@ auth.hba_parse_errors pass 4 0
--  pg_hba.conf:1 | t | can be read
--@ auth.hba_superuser_remote pass 3 0
--  root2 | t | no rule for other machines

-- auth.hba_loaded
--@ auth.hba_loaded fail 1 1
--  ~ /pg_hba.conf \| f \| changed after the configuration was loaded$
--@ write pg_hba.conf
--  local all all trust
--@ reload
--@ auth.hba_loaded pass 1 0
--  ~ /pg_hba.conf \| t \| loaded after its last change$
--@ append pg_hba.conf
--  local all
--@ reload
--@ auth.hba_loaded fail 1 1
--  ~ /pg_hba.conf \| f \| 1 lines cannot be read, older rules are in force$

--@ write pg_hba.conf
--  local all all trust

-- passwords
--@ auth.scram_stored not_occurring 0 0
--@ auth.pw_expiry not_occurring 0 0
--@ auth.expired_can_login not_occurring 0 0
ALTER SYSTEM SET password_encryption = md5;
--@ reload
--@ auth.scram_default fail 1 1
--  password_encryption | f | password_encryption = md5
SET password_encryption = md5;
CREATE ROLE "Old" LOGIN PASSWORD 'x' VALID UNTIL '2001-02-03 UTC';
SET password_encryption = 'scram-sha-256';
CREATE ROLE new LOGIN PASSWORD 'x' VALID UNTIL 'infinity';
CREATE ROLE never LOGIN PASSWORD 'x' VALID UNTIL '-infinity';
CREATE ROLE endless LOGIN PASSWORD 'x';
CREATE ROLE grp NOLOGIN PASSWORD 'x' VALID UNTIL '2001-02-03 UTC';
CREATE ROLE late LOGIN PASSWORD 'x' VALID UNTIL '9001-02-03 UTC';
CREATE ROLE peer LOGIN VALID UNTIL '2001-02-03 UTC';
--@ auth.scram_stored fail 6 1
--  Old | f | md5 verifier
--  new | t | scram-sha-256 verifier
--  grp | t | scram-sha-256 verifier
--@ auth.pw_expiry fail 5 5
--  Old | f | the password ended on 2001-02-03
--  new | f | the password never ends
--  never | f | the password has ended
--  endless | f | the password never ends
--  late | f | the password ends on 9001-02-03
--@ auth.expired_can_login fail 4 3
--  Old | f | valid until 2001-02-03
--  never | f | valid until -infinity
--  peer | f | valid until 2001-02-03
--  late | t | valid until 9001-02-03
ALTER ROLE "Old" PASSWORD NULL NOLOGIN;
ALTER ROLE never PASSWORD NULL NOLOGIN;
ALTER ROLE peer NOLOGIN;
ALTER ROLE new PASSWORD NULL;
SELECT soc2.set_check_parameters('auth.pw_expiry', '{"max_age": "9000 years", "exempt": ["endless"]}', 'test') IS NOT NULL;
ALTER SYSTEM RESET password_encryption;
--@ reload
--@ auth.scram_default pass 1 0
--  password_encryption | t | password_encryption = scram-sha-256
--@ auth.scram_stored pass 3 0
--  late | t | scram-sha-256 verifier
--@ auth.pw_expiry pass 2 0
--  late | t | the password ends on 9001-02-03
--  endless | t | the password never ends
--@ auth.expired_can_login pass 1 0
--  late | t | valid until 9001-02-03

-- modules
--@ auth.pw_policy_module fail 1 1
--  password policy | f | none of the modules is loaded
--@ auth.delay_module fail 2 1
--  delay | f | none of the modules is loaded
--  authentication_timeout | t | authentication_timeout = 60 s
ALTER SYSTEM SET shared_preload_libraries = 'auth_delay', '$libdir/passwordcheck.so';
ALTER SYSTEM SET authentication_timeout = '2min';
--@ restart
--@ auth.pw_policy_module pass 1 0
--  password policy | t | loaded: passwordcheck
--@ auth.delay_module fail 2 1
--  delay | t | loaded: auth_delay
--  authentication_timeout | f | authentication_timeout = 120 s
ALTER SYSTEM SET authentication_timeout = '30s';
--@ reload
--@ auth.delay_module pass 2 0
--  delay | t | loaded: auth_delay

-- populations that cannot be empty
--@ never auth.delay_module not_occurring: it judges the server as a whole
--@ never auth.hba_loaded not_occurring: there is always the file itself
--@ never auth.hba_superuser_remote not_occurring: there is always the bootstrap superuser
--@ never auth.pw_policy_module not_occurring: it judges the server as a whole
--@ never auth.scram_default not_occurring: the server always has the setting
