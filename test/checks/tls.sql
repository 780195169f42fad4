-- populations that cannot be empty
--@ never tls.on not_occurring: the server always has the setting

-- without TLS there is nothing to judge about it
--@ tls.on fail 1 1
--  ssl | f | ssl = off
--@ tls.min_version not_occurring 0 0
--@ tls.ciphers not_occurring 0 0
--@ tls.key_no_default_snakeoil not_occurring 0 0
--@ tls.sessions_encrypted not_occurring 0 0
--@ certificate
ALTER SYSTEM SET ssl = on;
ALTER SYSTEM SET listen_addresses = '127.0.0.1';
ALTER SYSTEM SET ssl_min_protocol_version = 'TLSv1.1';
ALTER SYSTEM SET ssl_ciphers = 'HIGH:MEDIUM:+3DES:kEECDH+RC4:!aNULL';
--@ restart
--@ tls.on pass 1 0
--  ssl | t | ssl = on
--@ tls.min_version fail 1 1
--  ssl_min_protocol_version | f | ssl_min_protocol_version = TLSv1.1
--@ tls.ciphers fail 5 2
--  ssl_ciphers 1 | t | admits HIGH
--  ssl_ciphers 2 | f | admits MEDIUM
--  ssl_ciphers 3 | t | +3DES admits nothing new
--  ssl_ciphers 4 | f | admits kEECDH+RC4
--  ssl_ciphers 5 | t | !aNULL excludes
--@ tls.key_no_default_snakeoil pass 2 0
--  ssl_cert_file | t | ssl_cert_file = server.crt
ALTER SYSTEM SET ssl_min_protocol_version = 'TLSv1.2';
ALTER SYSTEM SET ssl_ciphers = 'HIGH:!aNULL:!3DES';
SELECT soc2.set_check_parameters('tls.key_no_default_snakeoil', '{"pattern": "server\\.crt"}', 'test') IS NOT NULL;
--@ reload
--@ tls.min_version pass 1 0
--  ssl_min_protocol_version | t | ssl_min_protocol_version = TLSv1.2
--@ tls.ciphers pass 3 0
--  ssl_ciphers 1 | t | admits HIGH
--@ tls.key_no_default_snakeoil fail 2 1
--  ssl_cert_file | f | ssl_cert_file = server.crt

-- sessions: those of this machine are trusted, until they are not
--@ requires dblink
CREATE EXTENSION dblink;
SELECT dblink_connect('clear', format('host=127.0.0.1 port=%s dbname=%s user=postgres sslmode=disable',
    current_setting('port'), current_database()));
--@ tls.sessions_encrypted not_occurring 0 0
SELECT soc2.set_check_parameters('tls.sessions_encrypted', '{"trusted": []}', 'test') IS NOT NULL;
--@ tls.sessions_encrypted fail 1 1
--  ~ ^pid \d+ \| f \| postgres from 127\.0\.0\.1, not encrypted$
SELECT dblink_disconnect('clear');
SELECT dblink_connect('encrypted', format('host=127.0.0.1 port=%s dbname=%s user=postgres sslmode=require',
    current_setting('port'), current_database()));
--@ tls.sessions_encrypted pass 1 0
--  ~ ^pid \d+ \| t \| postgres from 127\.0\.0\.1, TLSv1\.\d$
SELECT dblink_disconnect('encrypted');
