-- where nothing listens there is nothing to judge
ALTER SYSTEM SET listen_addresses = '';
--@ restart
--@ net.listen_addresses not_occurring 0 0
--@ net.socket_perms fail 1 1
--  unix_socket_permissions | f | unix_socket_permissions = 0777
ALTER SYSTEM SET listen_addresses = '127.0.0.1, *';
ALTER SYSTEM SET unix_socket_permissions = '0770';
--@ restart
--@ net.listen_addresses fail 2 1
--  listen_addresses 1 | t | listens at 127.0.0.1
--  listen_addresses 2 | f | listens at *
--@ net.socket_perms pass 1 0
--  unix_socket_permissions | t | unix_socket_permissions = 0770
SELECT soc2.set_check_parameters('net.listen_addresses', '{"approved": ["*"]}', 'test') IS NOT NULL;
--@ net.listen_addresses pass 2 0
--  listen_addresses 2 | t | listens at *

-- populations that cannot be empty
--@ never net.socket_perms not_occurring: the server always has the setting
