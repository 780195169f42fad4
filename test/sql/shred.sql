-- Keys of subjects.  Proves that a value can be read with the key of its subject
-- alone, whole, and by nobody who has another key or who moved it to another
-- subject; that a key is open in its transaction and no longer; that handlers are
-- checked when they are registered and when they are called; that a key is
-- destroyed by a plan that a second person approved, never while a hold covers its
-- subject or a row of it, or a row that needs it is retained; that then nothing
-- opens it, and no new one comes silently; and that keys which a restore brought
-- back are destroyed again, by a list that nobody can forge.

\set SHOW_CONTEXT never
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE regress_shred_owner;
CREATE ROLE regress_shred_admin IN ROLE soc2_admin;
CREATE ROLE regress_shred_keeper IN ROLE soc2_custodian;
CREATE ROLE regress_shred_keeper2 IN ROLE soc2_custodian;
CREATE ROLE regress_shred_kms;
CREATE SCHEMA regress_shred AUTHORIZATION regress_shred_owner;
CREATE SCHEMA "Kms "" x" AUTHORIZATION regress_shred_kms;
GRANT USAGE ON SCHEMA soc2 TO regress_shred_owner;
GRANT USAGE ON SCHEMA regress_shred TO PUBLIC;
SELECT nspname AS crypto FROM pg_extension JOIN pg_namespace AS n ON n.oid = extnamespace WHERE extname = 'pgcrypto' \gset
SET search_path = regress_shred;
SET timezone = 'UTC';
RESET client_min_messages;
SET ROLE regress_shred_owner;
CREATE TABLE person (id integer PRIMARY KEY, name bytea);
CREATE DOMAIN sealed AS bytea;
CREATE TABLE "Odd note" (id integer PRIMARY KEY, "Who" integer, at date, "What" sealed, plain text);
SELECT soc2.set_subject('person', 'id', kind => 'pers');
SELECT soc2.set_subject('"Odd note"', 'Who', via => 'person', on_erase => 'keep');
INSERT INTO person SELECT i FROM generate_series(1, 9) AS i;
RESET ROLE;

-- two keys for this test; they protect nothing
SELECT $$-----BEGIN PGP PUBLIC KEY BLOCK-----

mQENBF4L4QABCADiZsdU2vsaZ6SEplpkf91uku+0x1U6+MAZbcnR7MVuFbmvCB0I
6o2iBW9up18vEt31C7LI7tVwm+kf5XAPwOSPRHqfVlDeVN2gm6OLa8g1DipLWu6X
fTR5ilIFA4pCMY5GuKrk5Y3eAsFcBVGe3jMJw1myEiJuszBKS0f6iYqekA+B/r2K
OoMPU6papQGVL8T/W7hP56u/FbZU51fsH/RSkfTXdBlo04/n8dAbTs5zFmJBdrXr
wDcPBSPxRRUgJciFeIyWh0Dfr/atQv+e1i27htEiv/o8Te1ykBY72JJuYdvPabmc
+6A8DPROWHebPDFBaM3b1dAc5HThizZreZvfABEBAAG0LVRFU1QgS0VZLCBwcm90
ZWN0cyBub3RoaW5nIDx0ZXN0QGV4YW1wbGUuY29tPokBTgQTAQoAOBYhBI1B6gep
vDGE5dzlw2EWMEOWyQGqBQJeC+EAAhsvBQsJCAcCBhUKCQgLAgQWAgMBAh4BAheA
AAoJEGEWMEOWyQGq3b0H/0gb2LZr5ljW6KcF1IxfzHMgf9GoEmLkil6zvy4MbHe6
V7urpmDAtwnuG95QoECra1YW52oqc/QT/cE2IQkW9MvXoSPL9faf0MCesb6WfMVh
2FgIU4HMY9D9AEFRcUyG35FDjQcuQuUcTNEGhiazpjyxJLxp/CX63yptuzKHJLBy
lddS4Tp+8N55k8poXC6a+xf1iwUCKehs+d9Fa5D0PaAmmidy02i/st3wuNa19PUx
ruyiJhRKh6j8VsyB5u3r02TCBE8IpW9ACICxYMrhFOShso6ZhG8Q/EqQ/qyIb41S
NiPeafASzQJARR1txlEC7vVQI1rB4N1WD2nw4r9aIH25AQ0EXgvhAAEIANdxaOrV
twFz3YEV964QKrdU4jo5RwtToSRzYWLI07eUh8qQKx/ipW5L1eG79sceOP+sRB9B
gMQDhxCvbBJ3XvJpKAWZhqHiTdDjuOZijYEaqF93mpcvTZelYcj6WDYiWkq8kwzq
dihK4zQeqjbDiuXI8BUHSxScH+dNXMWu+UTntYuDI6T/o/C8nsOQsdyzN5DWXjfB
x5zZPmI9okxZyTGXygabMGwHHX8NIWFKrrteqN9Z1VWHf7xrWrtCN5KzQdac4usK
sgJFimBaYQf7klQYLAZrEPh5xZp5//N+/BPekxTDOgydbEm8t2LzvXgZPYNBXRVM
n6EgdugTGsDLaJMAEQEAAYkCbAQYAQoAIBYhBI1B6gepvDGE5dzlw2EWMEOWyQGq
BQJeC+EAAhsuAUAJEGEWMEOWyQGqwHQgBBkBCgAdFiEEnGt2IsltXa1SKrhplDCT
PZ5iRJMFAl4L4QAACgkQlDCTPZ5iRJOozgf+OAGe0fWBl9iuH9N0G622PGuY+h0p
WOh5ZDoN9tACBTB/u8Fyit3nlCL0zHZCH2Q4D3NYUG/eTBLvav5UbiI7PPd7tPRC
bAPuytfMTSa5sngqy3iWH8Kban3DpqowzpftVT1WxlnTYTJRuq/TgscKoiZeR1sE
WxbLvlyOpEhLsCGGGgOtADQS+/AaUdt4Iwifuqecboq8EXp2XkpgG9mZDCN2JiAL
B/Ab/zIDI1NvyiQwiRoeFSqGNAaBvB3ryeODGXwhKKQWJ50zhmHLi94yh3iWB5xm
VW1TDkK3nIZ0Qw+m6tSWdd0c+2x68enf6dOnbN2TanZ3O+CzyvKtYY723Sn3B/9I
Kws5YiLhfx4yKa/CXe3auAU2TcK2v9hSP6pKqxmOLr6VUaTCL8vtPno6PC8RxKie
jvVH0qULmKsxb8JYYvIEWS6B+gfdQK7Lc/ibYFyKF0lx5546PQ9zq7LpCAEbwVkS
8XwZdtDvpQwP2BRLaehvfNkdqC706NWSC7xHywIPsqsUPqvt6PWDLxfCSETcDjjf
xll0Ih7Endxeuh0poVSE3RwVuQELqSiYrOsUsJdZKN10DS2bJG1XEPAxorp4pZsg
XHd9OIcqxWcIYBipjXr3Cxag811tY1gaB7vYhhw4Sl1VLcrpN2iT4U8d3DrTNjhA
fOWzCWNe8+Bn7tcA4Z0k
=14g9
-----END PGP PUBLIC KEY BLOCK-----$$ AS public_key, $$-----BEGIN PGP PRIVATE KEY BLOCK-----

lQOYBF4L4QABCADiZsdU2vsaZ6SEplpkf91uku+0x1U6+MAZbcnR7MVuFbmvCB0I
6o2iBW9up18vEt31C7LI7tVwm+kf5XAPwOSPRHqfVlDeVN2gm6OLa8g1DipLWu6X
fTR5ilIFA4pCMY5GuKrk5Y3eAsFcBVGe3jMJw1myEiJuszBKS0f6iYqekA+B/r2K
OoMPU6papQGVL8T/W7hP56u/FbZU51fsH/RSkfTXdBlo04/n8dAbTs5zFmJBdrXr
wDcPBSPxRRUgJciFeIyWh0Dfr/atQv+e1i27htEiv/o8Te1ykBY72JJuYdvPabmc
+6A8DPROWHebPDFBaM3b1dAc5HThizZreZvfABEBAAEAB/wOxUJ8mxYbdebk2e7h
yaR1Af8Y3ecF7ulRf2PVtKB40Hq0caS7SoTXrN/FP1mAD7ditP2tYETqkNwXvvdI
VSmpiH/bhLJynuTKr/zD1tH8AXg+7FLOmADkFmMdfUqi4OrLBbdDMbrHYN9OlUZA
RXeHoTK+jFz/YzoOTspbt7zPIAWHjwCsAmFMG9QqagnmEjAzrqJJAc7xAYuNl0RS
Y4gMn5UcO1Sm3lVXTR2tz/6ikBgJg1CVg/AI6qkAwUzIAlhes4tO27XylaBG6mcj
oIDKvL3f7LsvdS6UW2WM9/rYxQBVtEYR9EitiT4TulC7s1F2TEU3aPfy9YwL7ScC
92k5BADr9L+TMjp2UnVyCr9n+qYdBrlK/saCC+txHflmw4P+vyhAVeGxeicuzgWB
sM5LxDESFJqL9lcGFYhU4EWYWjICOC9ehoMSen7QjO2BXVe4mraNKGzE/W9N+x69
OjlEWzVjYWo2LeI8rfpu7+z5t+arjg0xSzQSnBFpINu+5WDx+wQA9aJAISmTM3Jg
qxhr8Bg6NRTTKooQV2ohRpp9gSK14NmqtDfH9cLd3MMonspwcAJWBPo5x9X3R1Dw
/RWcL0c2RYfeELhmZ9s6hHmLhBTt7+9JNrSyD7GGlh0ssrH6e9VabV7kuTT15+L6
YAeFB7x+L84JojZUx/IOR9ZoXFBnfG0D+QG0dzGrwtHLiIOuT7xZLqpOLXENY/bE
1ind+tVjnBOozWOJK2Qz9oMI3w0L55QBkS8uaHGHSGwbYYPgxpSj80QKK10MJyfc
bIO31IPHv+uCBG8W4HlWxGOOoPuZcPy52P0qrUCDHixehQy5PGbRjK5HKYekmiZP
EkGdeXdxrrloQlm0LVRFU1QgS0VZLCBwcm90ZWN0cyBub3RoaW5nIDx0ZXN0QGV4
YW1wbGUuY29tPokBTgQTAQoAOBYhBI1B6gepvDGE5dzlw2EWMEOWyQGqBQJeC+EA
AhsvBQsJCAcCBhUKCQgLAgQWAgMBAh4BAheAAAoJEGEWMEOWyQGq3b0H/0gb2LZr
5ljW6KcF1IxfzHMgf9GoEmLkil6zvy4MbHe6V7urpmDAtwnuG95QoECra1YW52oq
c/QT/cE2IQkW9MvXoSPL9faf0MCesb6WfMVh2FgIU4HMY9D9AEFRcUyG35FDjQcu
QuUcTNEGhiazpjyxJLxp/CX63yptuzKHJLBylddS4Tp+8N55k8poXC6a+xf1iwUC
Kehs+d9Fa5D0PaAmmidy02i/st3wuNa19PUxruyiJhRKh6j8VsyB5u3r02TCBE8I
pW9ACICxYMrhFOShso6ZhG8Q/EqQ/qyIb41SNiPeafASzQJARR1txlEC7vVQI1rB
4N1WD2nw4r9aIH2dA5gEXgvhAAEIANdxaOrVtwFz3YEV964QKrdU4jo5RwtToSRz
YWLI07eUh8qQKx/ipW5L1eG79sceOP+sRB9BgMQDhxCvbBJ3XvJpKAWZhqHiTdDj
uOZijYEaqF93mpcvTZelYcj6WDYiWkq8kwzqdihK4zQeqjbDiuXI8BUHSxScH+dN
XMWu+UTntYuDI6T/o/C8nsOQsdyzN5DWXjfBx5zZPmI9okxZyTGXygabMGwHHX8N
IWFKrrteqN9Z1VWHf7xrWrtCN5KzQdac4usKsgJFimBaYQf7klQYLAZrEPh5xZp5
//N+/BPekxTDOgydbEm8t2LzvXgZPYNBXRVMn6EgdugTGsDLaJMAEQEAAQAH+gJv
mNUW54PPsJB2FB/WtPTvs8MexKvfHTJRT6eTR7mKp2Jl8ObiZCZ0Gw37VxX3RIO3
iemkjvUoaQ2KPjmTOfKZt8cgbkJEUcbr3DpWoOz1xTOXIZtWAJWXXByun/K0vrqb
mToLKJzaA+mh8yC9Y0On2vcR5wprnXy7BjKCAPWDd9nwfxKqYOdRPfYn5jO8ZbB5
uNxDxXFE+/TRKp08nweZxRY+OPR8z1zQq22v6hYWp7Hh/vIcelnUICyv0/LPsNQR
Tm9IPL2vmI49V5qNnszSk8ylY3RT1j2aZRFtUi8PVhrfgncwPsOZ8F5oOEfRFI+9
BGdu6NwY7ciPoDvULVkEANqEgajQNb6k9p3HWWSD1EKhfMIYUu2R9gxaAdb6NlZ1
uc1Dyji/IktTkiy/2btZfYk7lmhEpmCVJUtv8hNG/HjlTu0+7VhVAKcRBoX06Eme
mQ4FViYqB8nXwssL+ElTFpBa0hHQjt3XjrpqptTqCVTXCe7/VJUxEuh/L9ThHtEV
BAD8ZeR0joAcrX5ksPMefPBt5YjTDvouU0pqafY0NQlx91vZhIXuGiV6M8K7KGez
d7vi/rsxm0UmpeZcZprkKUpt0dHCVoyWKYZyDK92OxLRBSv8wtSflxFmBCMcF2nP
/LcGdEnUCsDXDLYeBDBXcOrP3GI4YYU9kPJN+zrABCctBwQApscHz3BfULZf7Jm4
rqQA20Q3+vT+5BnfnDPi3gCEH/GsHCLDT4TjvhVMa0tUjTWkKXW5/BV7Mff8kCLM
wbuGYmtTgs12aiyE8XZV0dOTR9W/wOeypj/mAqFgAM4e6syEOm2yCBc8Mg/BksQR
pHVjqiGhheTc/Bu2OJnj8KGV6j9INYkCbAQYAQoAIBYhBI1B6gepvDGE5dzlw2EW
MEOWyQGqBQJeC+EAAhsuAUAJEGEWMEOWyQGqwHQgBBkBCgAdFiEEnGt2IsltXa1S
KrhplDCTPZ5iRJMFAl4L4QAACgkQlDCTPZ5iRJOozgf+OAGe0fWBl9iuH9N0G622
PGuY+h0pWOh5ZDoN9tACBTB/u8Fyit3nlCL0zHZCH2Q4D3NYUG/eTBLvav5UbiI7
PPd7tPRCbAPuytfMTSa5sngqy3iWH8Kban3DpqowzpftVT1WxlnTYTJRuq/TgscK
oiZeR1sEWxbLvlyOpEhLsCGGGgOtADQS+/AaUdt4Iwifuqecboq8EXp2XkpgG9mZ
DCN2JiALB/Ab/zIDI1NvyiQwiRoeFSqGNAaBvB3ryeODGXwhKKQWJ50zhmHLi94y
h3iWB5xmVW1TDkK3nIZ0Qw+m6tSWdd0c+2x68enf6dOnbN2TanZ3O+CzyvKtYY72
3Sn3B/9IKws5YiLhfx4yKa/CXe3auAU2TcK2v9hSP6pKqxmOLr6VUaTCL8vtPno6
PC8RxKiejvVH0qULmKsxb8JYYvIEWS6B+gfdQK7Lc/ibYFyKF0lx5546PQ9zq7Lp
CAEbwVkS8XwZdtDvpQwP2BRLaehvfNkdqC706NWSC7xHywIPsqsUPqvt6PWDLxfC
SETcDjjfxll0Ih7Endxeuh0poVSE3RwVuQELqSiYrOsUsJdZKN10DS2bJG1XEPAx
orp4pZsgXHd9OIcqxWcIYBipjXr3Cxag811tY1gaB7vYhhw4Sl1VLcrpN2iT4U8d
3DrTNjhAfOWzCWNe8+Bn7tcA4Z0k
=E9Fy
-----END PGP PRIVATE KEY BLOCK-----$$ AS secret_key \gset
SELECT $$-----BEGIN PGP PUBLIC KEY BLOCK-----

mQENBGsCfSMBCAC4pPGUkl8kpT9iS9YIiDAdHFWlfIrnsk1S/jgVnREoj4n5iibo
Za0vrBAco9KAku0Lj7E8kCwtTxuLcxBaH3AyGtLKA8ei5WoEyDINlWRH51Z9Xo/U
cbNgmQTT4mr65OdnmhdFxx9+Ca4VQjlzp6Fwld0DeXwodwbqcoS6HoAPNkO4THAZ
qbZha1KgTR+pIvuulzOVInUXtlHVTtnTW11kckWP0BqJQgzFIfu+9hHeT27fkjdm
eEjyGUYZyb5L5MU+TzcS+q9bW3hRjDpmARC/o3qKvnG7qu/PzU0Ve/PgiOr7Sbu8
u3/ytIxGxUZNLG5g+OgyJpmgfV+goonsQkCDABEBAAG0PFRFU1QgS0VZIHdpdGgg
cGFzc3dvcmQsIHByb3RlY3RzIG5vdGhpbmcgPHRlc3QyQGV4YW1wbGUuY29tPokB
TgQTAQoAOBYhBJPnyHkKonG3py+2V1j9HjFuYjAhBQJrAn0jAhsvBQsJCAcCBhUK
CQgLAgQWAgMBAh4BAheAAAoJEFj9HjFuYjAhiyoH/3jJGx8XY7gG226X9ZejCqYb
vhTzCCpGLpTL+FcBnHs3cZKfOlAUazMjcJ0fhn4s8nkDNTBhj9GROpcTB8FOQbnT
ZqHp2iERijIIF5cL1Jc/jzb4i9K2OK+SNgfUsCkxvUVFQ7NyHe7PgOOXZfcYnF2q
4brvbyKMO6ZiIzz9Q3ORHDh94xwQlYFXtwASdS0vSir1MPh7dN55M1zy0ABq4JVJ
NPUDRH5kFIaduEXApawmba0Bd4T2eL/BoLrdbUkDwS4KUqQQgA7VWTfztBb0Z5Pr
PzYPe6mNjmDpBj12P2hO8iHVutG2VzeTf5Mw2hEmSrNWVmotw48+g+SbZxdxuDC5
AQ0EawJ9IwEIAK+4uC3b1T3r5ybxV23xfPfhuT0a3FQMJqiJMnEAdVK5AlVJNlFe
6k2I6ioLqbajOdALMMnwByB8cM2HvFOxNx3zTkrno3NrgNkxoMM9LScvkUIhm7zm
USATqYPZJFDbvc6ZzYo/cDem7bALNC6/9yLW9kaTEG+H49Bs0RGeKxbFvr64C4uI
OBbm67elX0moJdy7HlA0zIfPQmpn2kJ+yPVmDB/RxFw+aQhN2rTqciSiMnHWma+3
wzmywpaUGbNAbzSC+ap4YyH6YRUXwN8fBbNsfwqke3THhITSjI7prSadJzQe2RCz
7hblLtRFh4A6alb+t7P+o5xm964Ul9cjmrsAEQEAAYkCbAQYAQoAIBYhBJPnyHkK
onG3py+2V1j9HjFuYjAhBQJrAn0jAhsuAUAJEFj9HjFuYjAhwHQgBBkBCgAdFiEE
f96lElDxwPgaSZztdO7Haox826YFAmsCfSMACgkQdO7Haox826aw+QgAhs6WkLNc
sXekQv9VT8eFjdz4kAMlSWEELfA7U96QhuWZcR/I+SGFk3yeVo1MBnDz5U31Dot2
x6OmumGF4qIk6ZpdZ0WffNaZ4ATeewop+TFfdzJ3lFfT0nUE5YlRpr7p5ERQe5+B
Ebv0ey7rnRlJOH39yxmOzwX6lwIkQ7ZGZb3zoL/Phj5Y57VajLg3SXFPiCVEA0/W
WTLAks5GiUtqG7TFd1TJ0OJrU2GiLw0hvNybjv0o0UtwHpxGx5+Uexydfxt5gq2E
ZLWFO1IO+cinaPykEvZbezlCRE0O0p8iT7eeKV92ZOaAGlOLDjQ69HDvdP9vBDKi
WupBBW1H3YubOYQeB/9wtoIkWFzwcPSEMZz/2E7cTYrZ18WTbnjpknpC0aT+7wfX
EQBn5kMxtyT2WZGDLdmQ1th41S2QAqPeXyLdXMbKfe4Qzr8q6RleWKvc1PH90rvb
7EuwKgURT9keNb8niw5Mo43Pw+XG9mUIw5n4k1fEgW52K3Ry7XayOGgjWwOd448B
EALYoDUcH0gCQoN9GEPHXecLSM5051nvu/Goe2mZnjp2+qCZL22hq0itjJ5dJh+h
n2igqoVBTo/w/ZCHloHqPkPR59ZEBMdiBpI9i2PYxXNulyLHH5Q9v5v2Thz1eUSj
wDVcb6ycAbnegfPWEeCjUNpXbnNjEfC0t3bbfTmV
=KgUW
-----END PGP PUBLIC KEY BLOCK-----$$ AS public_key2, $$-----BEGIN PGP PRIVATE KEY BLOCK-----

lQPGBGsCfSMBCAC4pPGUkl8kpT9iS9YIiDAdHFWlfIrnsk1S/jgVnREoj4n5iibo
Za0vrBAco9KAku0Lj7E8kCwtTxuLcxBaH3AyGtLKA8ei5WoEyDINlWRH51Z9Xo/U
cbNgmQTT4mr65OdnmhdFxx9+Ca4VQjlzp6Fwld0DeXwodwbqcoS6HoAPNkO4THAZ
qbZha1KgTR+pIvuulzOVInUXtlHVTtnTW11kckWP0BqJQgzFIfu+9hHeT27fkjdm
eEjyGUYZyb5L5MU+TzcS+q9bW3hRjDpmARC/o3qKvnG7qu/PzU0Ve/PgiOr7Sbu8
u3/ytIxGxUZNLG5g+OgyJpmgfV+goonsQkCDABEBAAH+BwMCaOG9aXmeFdb/LPFO
wR8vYWFTZOxdMavwCYRLtuCsgqbMKrbRO5kdvWH8Snw2bnnWM6BLYTePAArMKj82
oWeVt7yPqJ6u8m9P3Ijy1a9J0kIDDcpk74awO0WudTwWy65vmoH7By9tIEG4i9Xo
6tID6GPAgePcCJnO3CGqSrqutmjF1o6rx43XzDBGiDWz473b/ETA+inbHtlL9hp0
A1kTq+k6jSP9zTgvxzSsPsv8/fvRvtLtIpbUgieVCrB6ozITHCEox1+J6zex09Zh
mln5an8eLiy5wy7yVVB8h1WH2kpcDkeJKh8ZMLr02r/lg6ujN1XKVtHCeaSgafMa
4BXovkd62KMvkOEPAiQ0RLLTi1v1BC/6nNK7obpHinW8BVHE4R4Tog821OcnIsQT
3PdXZ4mYTe2GxgXdqqfz+sOPPZzlOrvn1f9pKTQyZ1Krow32m6EQES0NONZCL9ZS
lN2sCoQoZyIAat1N81zNlmx/JhK8KHZ2uza0E57Q/XEdSR+yg5PBsTkBqF+IRyPv
OWidnYRe24lMGdvd4dry/WrE5AsRr7qbWo1hLoRpONbiu4dQ13/Zi+cW6BrncfyG
IBiH81YTQF/Z5TpSRKI8HoIVUUWXhAWSxE0+o6In2iTaPEd3K/47dM3mXJoR2FWT
uYELOhxvxlMZR1kjj/EZySQnVWTER9MfR7X2TBznaijVShqs0YGNvbcQ3ttWqGjq
qpk59OC2zao6g6zoeAOiOd5BuWCltXD2+QO5Kv7R13BEqE8NfDW8JOgEmzwZ0B1o
fuVAbqfhrQJQadDIkWhtyDa3K8kWHCA0A78XjjVN14ehBnKZDAhfmlhRU0EV/+wu
/wwTobUo8xcDQvsY2S08BRmF8xS8nVJJLjvRe5z8HMF3KOSxEBY8Q5zpFSuA86RB
aY8x4kSyLVHKtDxURVNUIEtFWSB3aXRoIHBhc3N3b3JkLCBwcm90ZWN0cyBub3Ro
aW5nIDx0ZXN0MkBleGFtcGxlLmNvbT6JAU4EEwEKADgWIQST58h5CqJxt6cvtldY
/R4xbmIwIQUCawJ9IwIbLwULCQgHAgYVCgkICwIEFgIDAQIeAQIXgAAKCRBY/R4x
bmIwIYsqB/94yRsfF2O4Bttul/WXowqmG74U8wgqRi6Uy/hXAZx7N3GSnzpQFGsz
I3CdH4Z+LPJ5AzUwYY/RkTqXEwfBTkG502ah6dohEYoyCBeXC9SXP482+IvStjiv
kjYH1LApMb1FRUOzch3uz4Djl2X3GJxdquG6728ijDumYiM8/UNzkRw4feMcEJWB
V7cAEnUtL0oq9TD4e3TeeTNc8tAAauCVSTT1A0R+ZBSGnbhFwKWsJm2tAXeE9ni/
waC63W1JA8EuClKkEIAO1Vk387QW9GeT6z82D3upjY5g6QY9dj9oTvIh1brRtlc3
k3+TMNoRJkqzVlZqLcOPPoPkm2cXcbgwnQPGBGsCfSMBCACvuLgt29U96+cm8Vdt
8Xz34bk9GtxUDCaoiTJxAHVSuQJVSTZRXupNiOoqC6m2oznQCzDJ8AcgfHDNh7xT
sTcd805K56Nza4DZMaDDPS0nL5FCIZu85lEgE6mD2SRQ273Omc2KP3A3pu2wCzQu
v/ci1vZGkxBvh+PQbNERnisWxb6+uAuLiDgW5uu3pV9JqCXcux5QNMyHz0JqZ9pC
fsj1Zgwf0cRcPmkITdq06nIkojJx1pmvt8M5ssKWlBmzQG80gvmqeGMh+mEVF8Df
HwWzbH8KpHt0x4SE0oyO6a0mnSc0HtkQs+4W5S7URYeAOmpW/rez/qOcZveuFJfX
I5q7ABEBAAH+BwMCG50nIRPMvf3/7K/TkDSYtML+KeYyBgJ4oBfde96od9ZS0KZt
reBHQmmRrlEMoEUrCVGEqqP48pLdG5gS2nVR8rWeqmcHSFP/UFau1rwfHaPyMMNQ
cQTFrNZyA3gj5unwOKUzHu52i6dXQz8VmNlUjPDo7/Wh81FdGDNwNNIpYf8bSKV+
37RpS4d77KesLvDHTuZxKYVhtkC/69iXZ0GN2kh/7noebpPe+fiQD/D8r7WHrboN
OImp89dNgIH4HLq2zYjs2AmATmgPFkPicTT+QVGXLQADwfuXxTp/ZeU40nyql0Nd
jLYbl+E6hdd70FYOEJDhX3SHym26c/j7UjtJKHH9tnqqXnBXkCvaEbcKAsKLDJdb
ZHEu8Dl2prnjp202KE9w7Sf66tRKqWIWG4zc46rNFe6To1VuwhagrIpbcPGqd6Qb
99XEZSKbtpc7dyGhJJ/WNfe/XioznZmPGKc2kxzeBZqwOEALcHHiQXMrLs12W7Lw
yclUacF9IG29eObdRxlHcGDj/fOmOW548Puoi8BjGTbAlMaTZ0rpOICyPOaWwqQg
ygaqau4M7mQ9eB3nJJwVGMXmAP9asBvzLfq4QxoVOpAvPJk19+7K5QDUoLRrOolS
QfYP2KleFwZF0KtyVR11R1Yp01z4wj0Wtslz8VA1qDLPkhAit/avQ28NArLRCbLA
lTgo0RY1k8p7+COZnVhGrHX63I125qc7/9PzUiQO7zcJMdRXT40whUpzD863ovxY
RQ5xq3b6ttPhh1BYQj29FW6GMvWr8xJVpQ4egPmDPVS4FcLf8yh6QL1t7TJQw0Oh
GGMvLS+R6jUyC+nb5FkbgKl3fAXs/5rbWNYDYefOxgAu7FTgIJ6I4U6RWvUv3QpP
WEv10GmulqY1FMJiSmbO/J0N3+QlRHhjVRpHr4RjZpjKiQJsBBgBCgAgFiEEk+fI
eQqicbenL7ZXWP0eMW5iMCEFAmsCfSMCGy4BQAkQWP0eMW5iMCHAdCAEGQEKAB0W
IQR/3qUSUPHA+BpJnO107sdqjHzbpgUCawJ9IwAKCRB07sdqjHzbprD5CACGzpaQ
s1yxd6RC/1VPx4WN3PiQAyVJYQQt8DtT3pCG5ZlxH8j5IYWTfJ5WjUwGcPPlTfUO
i3bHo6a6YYXioiTpml1nRZ981pngBN57Cin5MV93MneUV9PSdQTliVGmvunkRFB7
n4ERu/R7LuudGUk4ff3LGY7PBfqXAiRDtkZlvfOgv8+GPljntVqMuDdJcU+IJUQD
T9ZZMsCSzkaJS2obtMV3VMnQ4mtTYaIvDSG83JuO/SjRS3AenEbHn5R7HJ1/G3mC
rYRktYU7Ug75yKdo/KQS9lt7OUJETQ7SnyJPt54pX3Zk5oAaU4sONDr0cO90/28E
MqJa6kEFbUfdi5s5hB4H/3C2giRYXPBw9IQxnP/YTtxNitnXxZNueOmSekLRpP7v
B9cRAGfmQzG3JPZZkYMt2ZDW2HjVLZACo95fIt1cxsp97hDOvyrpGV5Yq9zU8f3S
u9vsS7AqBRFP2R41vyeLDkyjjc/D5cb2ZQjDmfiTV8SBbnYrdHLtdrI4aCNbA53j
jwEQAtigNRwfSAJCg30YQ8dd5wtIznTnWe+78ah7aZmeOnb6oJkvbaGrSK2Mnl0m
H6GfaKCqhUFOj/D9kIeWgeo+Q9Hn1kQEx2IGkj2LY9jFc26XIscflD2/m/ZOHPV5
RKPANVxvrJwBud6B89YR4KNQ2lduc2MR8LS3dtt9OZU=
=4Bqj
-----END PGP PRIVATE KEY BLOCK-----$$ AS secret_key2 \gset

--
-- Wrapping keys
--
SET SESSION AUTHORIZATION regress_shred_owner;
SELECT soc2.register_wrapping_key('people', :'public_key'); -- fail
SET SESSION AUTHORIZATION regress_shred_admin;
SELECT soc2.register_wrapping_key('people'); -- fail
SELECT soc2.register_wrapping_key('', :'public_key'); -- fail
SELECT soc2.register_wrapping_key(NULL, :'public_key'); -- fail
SELECT soc2.register_wrapping_key('people', :'public_key', 'kms', 'x'); -- fail
SELECT soc2.register_wrapping_key('people', :'public_key', reference => 'x'); -- fail
SELECT soc2.register_wrapping_key('people', handler => 'kms'); -- fail
SELECT soc2.register_wrapping_key('people', handler => 'kms', reference => 'x'); -- fail
SELECT soc2.register_wrapping_key('people', 'no key'); -- fail
SELECT soc2.register_wrapping_key('people', :'secret_key'); -- fail
SELECT soc2.register_wrapping_key('people', :'public_key');
SELECT soc2.register_wrapping_key('with password', :'public_key2');
SELECT name, version, key_id, handler, state, subject_keys, registered_by FROM soc2.wrapping_key_status ORDER BY 1, 2;

--
-- Keys of subjects
--
SELECT soc2.create_subject_key('pers:1', 'nobody'); -- fail
SELECT soc2.create_subject_key('pers:x', 'people'); -- fail
SELECT soc2.create_subject_key('pers:01', 'people'); -- fail
SELECT soc2.create_subject_key('none:1', 'people'); -- fail
SELECT soc2.create_subject_key(NULL, 'people'); -- fail
SELECT soc2.create_subject_key('pers:1', NULL); -- fail
SELECT soc2.encrypt_for('pers:1', 'x'::text); -- fail
BEGIN;
SELECT soc2.create_subject_key('pers:1', 'people') AS key1 \gset
-- it is open where it was made
SELECT soc2.decrypt_text_for('pers:1', soc2.encrypt_for('pers:1', 'a name'::text)) AS text;
COMMIT;
SELECT soc2.create_subject_key('pers:1', 'people'); -- fail
SELECT count(soc2.create_subject_key('pers:' || i, 'people')) AS made FROM generate_series(2, 5) AS i;
SELECT soc2.encrypt_for('pers:1', 'x'::text); -- fail
SELECT soc2.open_subject_key('pers:1'); -- fail
-- a temporary type takes no part in that
CREATE FUNCTION pg_temp.spy() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF current_user <> 'regress_shred_admin' THEN RAISE WARNING 'runs with the rights of another'; END IF;
    RETURN true;
END$$;
CREATE DOMAIN pg_temp.text AS pg_catalog.text CHECK (pg_temp.spy());
SELECT length(soc2.wrapped_subject_key('pers:1')) > 0 AS wrapped;
DROP DOMAIN pg_temp.text;
DROP FUNCTION pg_temp.spy();
SELECT soc2.open_subject_key(NULL, :'secret_key'); -- fail
SELECT soc2.open_subject_key('pers:9', :'secret_key'); -- fail
SELECT soc2.open_subject_key('', :'secret_key'); -- fail
SELECT soc2.open_subject_key('pers:1', 'no key'); -- fail
SELECT soc2.open_subject_key('pers:1', :'public_key'); -- fail
SELECT soc2.open_subject_key('pers:1', :'secret_key2', 'test password'); -- fail
SELECT soc2.open_sealed_subject_key('pers:1', 'x'); -- fail
SELECT soc2.session_key() LIKE '-----BEGIN PUBLIC KEY-----%' AS pem;
SELECT soc2.open_sealed_subject_key('pers:1', 'x'); -- fail
RESET SESSION AUTHORIZATION;
SELECT length(wrapped) > 100 AS wrapped, length(check_value) AS check_length,
    encode(wrapped, 'hex') LIKE '%' || encode(check_value, 'hex') || '%' AS told FROM soc2.subject_keys WHERE subject = 'pers:1';
SELECT :"crypto".pgp_pub_decrypt_bytea(k.wrapped, :"crypto".dearmor(:'secret_key')) IS NOT NULL AS opens, count(*) OVER () AS keys,
    length(:"crypto".pgp_pub_decrypt_bytea(k.wrapped, :"crypto".dearmor(:'secret_key'))) AS bytes FROM soc2.subject_keys AS k ORDER BY subject LIMIT 1;
SELECT count(DISTINCT :"crypto".pgp_pub_decrypt_bytea(k.wrapped, :"crypto".dearmor(:'secret_key'))) AS different FROM soc2.subject_keys AS k;
SET SESSION AUTHORIZATION regress_shred_admin;
SELECT wrapped FROM soc2.subject_keys; -- fail
SELECT secret FROM soc2.shred_secrets; -- fail
SELECT soc2.destroy_subject_key(:'key1'); -- fail

--
-- Values
--
BEGIN;
SELECT soc2.open_subject_key('pers:1', :'secret_key');
SELECT soc2.open_subject_key('pers:1', :'secret_key');
SELECT soc2.encrypt_for('pers:1', '\x00ff'::bytea) AS value \gset
SELECT soc2.encrypt_for('pers:1', 'a text'::text) AS text \gset
SELECT length(:'value'::bytea) AS overhead_and_2, soc2.value_key(:'value') = :'key1' AS key_named;
SELECT soc2.encrypt_for('pers:1', '\x00ff'::bytea) <> :'value' AS never_the_same;
SELECT soc2.decrypt_for('pers:1', :'value') AS value, soc2.decrypt_for('pers:1', :'text') AS bytes,
    soc2.decrypt_text_for('pers:1', :'text') AS text;
SELECT soc2.encrypt_for('pers:1', NULL::text) IS NULL AND soc2.encrypt_for(NULL, 'x'::text) IS NULL
    AND soc2.decrypt_for('pers:1', NULL) IS NULL AND soc2.decrypt_text_for(NULL, :'text') IS NULL AS nulls;
SELECT soc2.decrypt_for('pers:1', soc2.encrypt_for('pers:1', ''::bytea)) AS nothing,
    soc2.decrypt_text_for('pers:1', soc2.encrypt_for('pers:1', ''::text)) AS no_text;
SELECT soc2.decrypt_text_for('pers:1', soc2.encrypt_for('pers:1', repeat('0123456789abcdef', 65536))) = repeat('0123456789abcdef', 65536) AS megabyte;
SELECT soc2.value_key(''), soc2.value_key('\x00'), soc2.value_key(decode(repeat('00', 60), 'hex'));
SAVEPOINT s;
SELECT soc2.decrypt_text_for('pers:1', :'value'); -- fail
ROLLBACK TO s;
SELECT soc2.decrypt_for('pers:1', ''); -- fail
ROLLBACK TO s;
SELECT soc2.decrypt_for('pers:1', decode(repeat('00', 60), 'hex')); -- fail
ROLLBACK TO s;
SELECT soc2.decrypt_for('pers:1', set_byte(:'value'::bytea, 3, 2)); -- fail
ROLLBACK TO s;
-- each byte counts
CREATE FUNCTION pg_temp.opens(subject text, value bytea) RETURNS text LANGUAGE plpgsql AS
'BEGIN PERFORM soc2.decrypt_for(subject, value); RETURN ''opens''; EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE; END';
SELECT pg_temp.opens('pers:1', set_byte(:'value'::bytea, i, get_byte(:'value'::bytea, i) # 1)) AS opens, count(*)
FROM generate_series(0, length(:'value'::bytea) - 1) AS i GROUP BY 1 ORDER BY 1;
SELECT pg_temp.opens('pers:1', substr(:'value'::bytea, 1, i)) AS opens, count(*)
FROM generate_series(0, length(:'value'::bytea)) AS i GROUP BY 1 ORDER BY 1;
-- moved to another subject, open or not
SELECT pg_temp.opens('pers:2', :'value') AS not_open;
SELECT soc2.open_subject_key('pers:2', :'secret_key');
SELECT pg_temp.opens('pers:2', :'value') AS other_subject;
SELECT pg_temp.opens('pers:2', overlay(:'value'::bytea PLACING substr(soc2.encrypt_for('pers:2', ''::bytea), 6, 16) FROM 6)) AS other_key;
ROLLBACK;
RESET SESSION AUTHORIZATION;
-- a key that somebody gave to another subject opens, and reads nothing
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
SET client_min_messages = warning;
BEGIN;
ALTER TABLE soc2.subject_keys DISABLE TRIGGER USER;
UPDATE soc2.subject_keys SET subject = 'pers:77' WHERE subject = 'pers:1';
SELECT soc2.open_subject_key('pers:77', :'secret_key');
SELECT soc2.decrypt_for('pers:77', :'value'); -- fail
ROLLBACK;
RESET client_min_messages;
ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
SET SESSION AUTHORIZATION regress_shred_admin;
-- it is closed with its transaction, and with its subtransaction
SELECT soc2.decrypt_for('pers:1', :'value'); -- fail
BEGIN;
SAVEPOINT s;
SELECT soc2.open_subject_key('pers:1', :'secret_key');
ROLLBACK TO s;
SELECT soc2.decrypt_for('pers:1', :'value'); -- fail
ROLLBACK;
BEGIN;
SAVEPOINT s;
SELECT soc2.open_subject_key('pers:1', :'secret_key');
RELEASE s;
SELECT soc2.decrypt_for('pers:1', :'value');
SAVEPOINT t;
SELECT 1 / 0; -- fail
ROLLBACK TO t;
SELECT soc2.decrypt_for('pers:1', :'value');
COMMIT;
SELECT soc2.decrypt_for('pers:1', :'value'); -- fail

--
-- Versions of wrapping keys
--
SELECT soc2.create_subject_key('pers:6', 'with password') IS NOT NULL AS made;
BEGIN;
SELECT soc2.open_subject_key('pers:6', :'secret_key2', 'test password');
SELECT soc2.encrypt_for('pers:6', 'kept'::text) AS kept \gset
COMMIT;
SELECT soc2.open_subject_key('pers:6', :'secret_key2', 'wrong'); -- fail
SELECT soc2.open_subject_key('pers:6', :'secret_key2'); -- fail
SELECT soc2.register_wrapping_key('with password', :'public_key');
SELECT soc2.rewrap_subject_key('pers:6'); -- fail
SELECT soc2.rewrap_subject_key('pers:9'); -- fail
BEGIN;
SELECT soc2.open_subject_key('pers:6', :'secret_key2', 'test password');
SELECT soc2.rewrap_subject_key('pers:6');
COMMIT;
BEGIN;
SELECT soc2.open_subject_key('pers:6', :'secret_key');
SELECT soc2.decrypt_text_for('pers:6', :'kept');
COMMIT;
SELECT soc2.retire_wrapping_key('with password', 1, ' '); -- fail
SELECT soc2.retire_wrapping_key('with password', 3, 'x'); -- fail
SELECT soc2.retire_wrapping_key('with password', 1, 'rotated');
SELECT soc2.retire_wrapping_key('with password', 1, 'rotated'); -- fail
SELECT soc2.retire_wrapping_key('with password', 2, 'not needed');
SELECT soc2.create_subject_key('pers:7', 'with password'); -- fail
SELECT soc2.record_wrapping_key_destruction('with password', 1, 'shredded, photo 7'); -- fail
SET SESSION AUTHORIZATION regress_shred_keeper;
SELECT soc2.record_wrapping_key_destruction('with password', 2, 'shredded'); -- fail
SELECT soc2.record_wrapping_key_destruction('with password', 1, 'shredded, photo 7');
SELECT name, version, state, subject_keys, receipt FROM soc2.wrapping_key_status ORDER BY 1, 2;
RESET SESSION AUTHORIZATION;
UPDATE soc2.wrapping_keys SET name = 'x'; -- fail
DELETE FROM soc2.wrapping_key_ends; -- fail

--
-- Handlers
--
SET SESSION AUTHORIZATION regress_shred_kms;
CREATE FUNCTION "Kms "" x".wrap(reference text, key bytea) RETURNS bytea LANGUAGE plpgsql SET search_path = pg_catalog AS
$$ BEGIN
    RAISE NOTICE 'wraps with % as %', reference, CURRENT_USER;
    RETURN (SELECT string_agg(set_byte('\x00', 0, get_byte(key, i) # 90), '') FROM generate_series(0, length(key) - 1) AS i);
END $$;
CREATE FUNCTION "Kms "" x".unwrap(reference text, key bytea) RETURNS bytea LANGUAGE sql SET search_path = pg_catalog AS
$$ SELECT string_agg(set_byte('\x00', 0, get_byte(key, i) # 90), '') FROM generate_series(0, length(key) - 1) AS i $$;
CREATE FUNCTION "Kms "" x".destroy(reference text, key bytea) RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog AS
$$ BEGIN
    IF reference = 'broken' THEN
        RAISE EXCEPTION 'the service does not answer';
    END IF;
    RETURN CASE WHEN reference <> 'dumb' THEN 'receipt of ' || reference END;
END $$;
CREATE FUNCTION "Kms "" x".as_is(reference text, key bytea) RETURNS bytea LANGUAGE sql SET search_path = pg_catalog AS 'SELECT ''x''::bytea || key';
CREATE FUNCTION "Kms "" x".short(reference text, key bytea) RETURNS bytea LANGUAGE sql SET search_path = pg_catalog AS 'SELECT ''x''::bytea';
CREATE FUNCTION "Kms "" x".nothing(reference text, key bytea) RETURNS bytea LANGUAGE sql SET search_path = pg_catalog AS 'SELECT NULL::bytea';
CREATE FUNCTION "Kms "" x".other(reference text, key bytea) RETURNS bytea LANGUAGE sql SET search_path = pg_catalog AS 'SELECT decode(repeat(''00'', 32), ''hex'')';
CREATE FUNCTION "Kms "" x".no_path(reference text, key bytea) RETURNS bytea LANGUAGE sql AS 'SELECT key';
CREATE FUNCTION "Kms "" x".one(key bytea) RETURNS bytea LANGUAGE sql SET search_path = pg_catalog AS 'SELECT key';
CREATE FUNCTION "Kms "" x".many(reference text, key bytea) RETURNS SETOF bytea LANGUAGE sql SET search_path = pg_catalog AS 'SELECT key';
CREATE FUNCTION "Kms "" x".fixed(reference text, key bytea) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS 'SELECT reference';
CREATE PROCEDURE "Kms "" x".proc(reference text, key bytea) LANGUAGE sql SET search_path = pg_catalog AS 'SELECT key';
RESET SESSION AUTHORIZATION;
CREATE FUNCTION regress_shred.wrap(reference text, key bytea) RETURNS bytea LANGUAGE sql SET search_path = pg_catalog AS 'SELECT key';
SET SESSION AUTHORIZATION regress_shred_admin;
SELECT soc2.register_shred_handler('kms', '"Kms "" x".wrap(text,bytea)', '"Kms "" x".unwrap(text,bytea)'); -- fail
RESET SESSION AUTHORIZATION;
GRANT regress_shred_kms TO regress_shred_admin;
SET SESSION AUTHORIZATION regress_shred_admin;
SELECT soc2.register_shred_handler('', '"Kms "" x".wrap(text,bytea)', '"Kms "" x".unwrap(text,bytea)'); -- fail
SELECT soc2.register_shred_handler('kms', NULL, '"Kms "" x".unwrap(text,bytea)'); -- fail
SELECT soc2.register_shred_handler('kms', 'wrap(text,bytea)', '"Kms "" x".unwrap(text,bytea)'); -- fail
SELECT soc2.register_shred_handler('kms', '"Kms "" x".wrap', '"Kms "" x".unwrap(text,bytea)'); -- fail
SELECT soc2.register_shred_handler('kms', '"Kms "" x".none(text,bytea)', '"Kms "" x".unwrap(text,bytea)'); -- fail
SELECT soc2.register_shred_handler('kms', '"Kms "" x".one(bytea)', '"Kms "" x".unwrap(text,bytea)'); -- fail
SELECT soc2.register_shred_handler('kms', '"Kms "" x".many(text,bytea)', '"Kms "" x".unwrap(text,bytea)'); -- fail
SELECT soc2.register_shred_handler('kms', '"Kms "" x".proc(text,bytea)', '"Kms "" x".unwrap(text,bytea)'); -- fail
SELECT soc2.register_shred_handler('kms', '"Kms "" x".wrap(text,bytea)', '"Kms "" x".no_path(text,bytea)'); -- fail
SELECT soc2.register_shred_handler('kms', '"Kms "" x".wrap(text,bytea)', '"Kms "" x".destroy(text,bytea)'); -- fail
SELECT soc2.register_shred_handler('kms', '"Kms "" x".wrap(text,bytea)', '"Kms "" x".unwrap(text,bytea)', '"Kms "" x".fixed(text,bytea)'); -- fail
SELECT soc2.register_shred_handler('kms', '"Kms "" x".wrap(text,bytea)', 'regress_shred.wrap(text,bytea)'); -- fail
SELECT soc2.register_shred_handler('kms', '"Kms "" x".wrap(text,bytea)', '"Kms "" x".unwrap(text,bytea)', '"Kms "" x".destroy(text,bytea)');
SELECT handler, wrap, unwrap, destroy, owner, registered_by FROM soc2.shred_handlers;
SELECT soc2.register_shred_handler('as is', '"Kms "" x".as_is(text,bytea)', '"Kms "" x".unwrap(text,bytea)');
SELECT soc2.register_shred_handler('short', '"Kms "" x".short(text,bytea)', '"Kms "" x".unwrap(text,bytea)');
SELECT soc2.register_shred_handler('nothing', '"Kms "" x".nothing(text,bytea)', '"Kms "" x".unwrap(text,bytea)');
SELECT soc2.register_shred_handler('other', '"Kms "" x".wrap(text,bytea)', '"Kms "" x".other(text,bytea)');
SELECT h, soc2.register_wrapping_key(h, handler => h, reference => 'k') FROM unnest('{as is,short,nothing,other}'::text[]) AS h;
SELECT soc2.create_subject_key('pers:7', 'as is'); -- fail
SELECT soc2.create_subject_key('pers:7', 'short'); -- fail
SELECT soc2.create_subject_key('pers:7', 'nothing'); -- fail
BEGIN;
SELECT soc2.create_subject_key('pers:7', 'other') IS NOT NULL AS made;
COMMIT;
SELECT soc2.open_subject_key('pers:7'); -- fail
SELECT soc2.register_wrapping_key('service', handler => 'kms', reference => 'arn:1');
SELECT soc2.register_wrapping_key('broken', handler => 'kms', reference => 'broken');
SELECT soc2.register_wrapping_key('dumb', handler => 'kms', reference => 'dumb');
SELECT soc2.create_subject_key('pers:8', 'service') IS NOT NULL AS made;
SELECT soc2.open_subject_key('pers:8', :'secret_key'); -- fail
BEGIN;
SELECT soc2.open_subject_key('pers:8');
SELECT soc2.encrypt_for('pers:8', 'by a service'::text) AS served \gset
COMMIT;
BEGIN;
SELECT soc2.open_subject_key('pers:8');
SELECT soc2.decrypt_text_for('pers:8', :'served');
COMMIT;
-- another function under the name gets no key
RESET SESSION AUTHORIZATION;
ALTER FUNCTION "Kms "" x".unwrap(text, bytea) OWNER TO CURRENT_USER;
SET SESSION AUTHORIZATION regress_shred_admin;
SELECT soc2.open_subject_key('pers:8'); -- fail
RESET SESSION AUTHORIZATION;
ALTER FUNCTION "Kms "" x".unwrap(text, bytea) OWNER TO regress_shred_kms;
ALTER FUNCTION "Kms "" x".unwrap(text, bytea) RENAME TO gone;
SET SESSION AUTHORIZATION regress_shred_admin;
SELECT soc2.open_subject_key('pers:8'); -- fail
RESET SESSION AUTHORIZATION;
ALTER FUNCTION "Kms "" x".gone(text, bytea) RESET search_path;
ALTER FUNCTION "Kms "" x".gone(text, bytea) RENAME TO unwrap;
SET SESSION AUTHORIZATION regress_shred_admin;
SELECT soc2.open_subject_key('pers:8'); -- fail
RESET SESSION AUTHORIZATION;
ALTER FUNCTION "Kms "" x".unwrap(text, bytea) SET search_path = pg_catalog;

--
-- Destroying
--
\set VERBOSITY terse
SELECT soc2.create_retention_class('shred day', '1 day', 'Policy 9') AS class;
SELECT soc2.open_matter('Shreds', 'shreds');
SET SESSION AUTHORIZATION regress_shred_admin;
BEGIN;
SELECT soc2.open_subject_key('pers:2', :'secret_key');
SELECT soc2.encrypt_for('pers:2', 'note of 2'::text) AS note2 \gset
COMMIT;
RESET SESSION AUTHORIZATION;
INSERT INTO "Odd note" VALUES (1, 1, '2100-01-01', :'value', 'x'), (2, 2, '2000-01-01', :'note2', 'x'), (3, 3, '2100-01-01', NULL, 'x');
SET ROLE regress_shred_owner;
SELECT soc2.set_retention('"Odd note"', 'shred day', 'at');
RESET ROLE;
SET SESSION AUTHORIZATION regress_shred_owner;
SELECT soc2.plan_shred('{pers:1}'); -- fail
SET SESSION AUTHORIZATION regress_shred_keeper;
SELECT soc2.plan_shred(NULL); -- fail
SELECT soc2.plan_shred('{}'); -- fail
SELECT soc2.plan_shred('{NULL}'); -- fail
SELECT soc2.plan_shred('{pers:9}'); -- fail
SELECT soc2.plan_shred('{pers:2}', approvals => 0); -- fail
SELECT soc2.plan_shred('{pers:2}', valid => '0'); -- fail
\set VERBOSITY default
SELECT soc2.plan_shred('{pers:2,pers:1}'); -- fail
\set VERBOSITY terse
-- 3 has a retained row that does not need the key
SELECT soc2.plan_shred('{pers:3,pers:2,pers:3}', 'asked for') AS plan \gset
SELECT relation, state, rows FROM soc2.disposal_progress WHERE plan_id = :plan;
\set VERBOSITY sqlstate
CALL soc2.run_disposal(:plan); -- fail
SELECT soc2.approve_disposal(:plan); -- fail
\set VERBOSITY terse
SET SESSION AUTHORIZATION regress_shred_keeper2;
SELECT soc2.approve_disposal(:plan);
-- holds: on the subject, on a row of it, on a table
SET SESSION AUTHORIZATION regress_shred_keeper;
SELECT soc2.place_hold('shreds', subject => 'pers:3') AS hold \gset
SELECT soc2.plan_shred('{pers:3}'); -- fail
CALL soc2.run_disposal(:plan); -- fail
SELECT state, destroyed FROM soc2.disposal_progress WHERE plan_id = :plan;
SELECT soc2.release_hold(:hold, 'over', '0') IS NOT NULL AS released;
SELECT soc2.place_hold('shreds', 'regress_shred."Odd note"', 'id = 2') AS hold \gset
CALL soc2.run_disposal(:plan); -- fail
SELECT soc2.release_hold(:hold, 'over', '0') IS NOT NULL AS released;
SELECT soc2.place_hold('shreds', 'regress_shred.person', 'id = 3') AS hold \gset
CALL soc2.run_disposal(:plan); -- fail
SELECT soc2.release_hold(:hold, 'over', '0') IS NOT NULL AS released;
-- a row that came and is retained
RESET SESSION AUTHORIZATION;
INSERT INTO "Odd note" VALUES (4, 2, '2100-01-01', :'note2', 'x');
SET SESSION AUTHORIZATION regress_shred_keeper;
CALL soc2.run_disposal(:plan); -- fail
RESET SESSION AUTHORIZATION;
UPDATE "Odd note" SET at = '2000-01-01' WHERE id = 4; -- fail
BEGIN;
GRANT soc2_bypass TO CURRENT_USER;
SET LOCAL soc2.bypass = 'for the test';
DELETE FROM "Odd note" WHERE id = 4;
REVOKE soc2_bypass FROM CURRENT_USER;
COMMIT;
SELECT count(*) AS still_there FROM soc2.subject_keys WHERE subject IN ('pers:2', 'pers:3');
-- only in one isolation level
SET SESSION AUTHORIZATION regress_shred_keeper;
SET default_transaction_isolation = 'repeatable read';
CALL soc2.run_disposal(:plan); -- fail
RESET default_transaction_isolation;
CALL soc2.run_disposal(:plan);
SELECT state, destroyed, batches FROM soc2.disposal_progress WHERE plan_id = :plan;
SELECT count(*) FILTER (WHERE soc2.was_disposed(:plan, key_id::text)) AS these, count(*) AS all_keys FROM soc2.subject_key_status WHERE plan_id = :plan;
SELECT soc2.was_disposed(:plan, :'key1') AS others;
SELECT subject, wrapping_key, wrapping_version, state, plan_id = :plan AS this_plan FROM soc2.subject_key_status ORDER BY subject, key_id;
\set VERBOSITY sqlstate
CALL soc2.run_disposal(:plan); -- fail
\set VERBOSITY terse
SELECT soc2.plan_shred('{pers:2}'); -- fail
SET SESSION AUTHORIZATION regress_shred_admin;
SELECT soc2.open_subject_key('pers:2', :'secret_key'); -- fail
SELECT soc2.wrapped_subject_key('pers:2') IS NOT NULL; -- fail
SELECT soc2.encrypt_for('pers:2', 'x'::text); -- fail
SELECT soc2.decrypt_for('pers:2', :'note2'); -- fail
SELECT soc2.rewrap_subject_key('pers:2'); -- fail
SELECT soc2.create_subject_key('pers:2', 'people'); -- fail
BEGIN;
SELECT soc2.create_subject_key('pers:2', 'people', again => true) AS again \gset
SELECT soc2.decrypt_for('pers:2', :'note2'); -- fail
ROLLBACK;
SELECT soc2.create_subject_key('pers:2', 'people', again => true) IS NOT NULL AS again;
RESET SESSION AUTHORIZATION;
-- a key that is open is destroyed and closed
SET SESSION AUTHORIZATION regress_shred_keeper;
SELECT soc2.plan_shred('{pers:4}') AS plan4 \gset
SELECT soc2.plan_shred('{pers:5}') AS plan5 \gset
SET SESSION AUTHORIZATION regress_shred_keeper2;
SELECT soc2.approve_disposal(:plan4);
RESET SESSION AUTHORIZATION;
BEGIN;
SELECT soc2.open_subject_key('pers:4', :'secret_key');
SELECT soc2.encrypt_for('pers:4', 'x'::text) AS value4 \gset
SELECT soc2.dispose_batch(:plan4, 1, '1 s');
SELECT soc2.decrypt_for('pers:4', :'value4'); -- fail
ROLLBACK;
-- and is there again if that was rolled back
BEGIN;
SELECT soc2.open_subject_key('pers:4', :'secret_key');
SELECT soc2.decrypt_text_for('pers:4', :'value4');
COMMIT;
-- the table is guarded
DELETE FROM soc2.subject_keys; -- fail
UPDATE soc2.subject_keys SET wrapped = ''; -- fail
TRUNCATE soc2.subject_keys; -- fail
SET session_replication_role = replica;
DELETE FROM soc2.subject_keys; -- fail
RESET session_replication_role;
ALTER TABLE soc2.subject_keys DISABLE TRIGGER soc2_subject_key_guard; -- fail
DROP TRIGGER soc2_subject_key_guard_truncate ON soc2.subject_keys; -- fail
DELETE FROM soc2.shreds; -- fail
UPDATE soc2.shred_secrets SET secret = sha256('x'); -- fail
DELETE FROM soc2.shred_targets; -- fail

--
-- Erasure: rows that stay are done when the key is gone
--
SET SESSION AUTHORIZATION regress_shred_owner;
SELECT soc2.set_subject('"Odd note"', 'Who', via => 'person', on_erase => 'shred');
SET SESSION AUTHORIZATION regress_shred_keeper;
SELECT soc2.request_erasure('pers:1') AS erasure1 \gset
SELECT soc2.request_erasure('pers:2') AS erasure2 \gset
SELECT * FROM soc2.erasure_preview(:erasure1);
CALL soc2.run_erasure(:erasure1);
CALL soc2.run_erasure(:erasure2);
SELECT subject, state, erased, withheld FROM soc2.erasure_status WHERE erasure_id IN (:erasure1, :erasure2) ORDER BY 1;
RESET SESSION AUTHORIZATION;

--
-- Handlers that destroy
--
SET SESSION AUTHORIZATION regress_shred_admin;
SELECT soc2.create_subject_key('pers:9', 'broken') IS NOT NULL AS made;
BEGIN;
SELECT soc2.create_subject_key('pers:3', 'dumb', again => true) IS NOT NULL AS made;
SELECT soc2.encrypt_for('pers:3', 'third'::text) AS third \gset
COMMIT;
SELECT soc2.plan_shred('{pers:8}') AS plan8 \gset
SELECT soc2.plan_shred('{pers:8,pers:9}') AS plan9 \gset
SELECT soc2.plan_shred('{pers:3}') AS plan3 \gset
SET SESSION AUTHORIZATION regress_shred_keeper2;
SELECT soc2.approve_disposal(:plan8), soc2.approve_disposal(:plan9), soc2.approve_disposal(:plan3);
CALL soc2.run_disposal(:plan9); -- fail
CALL soc2.run_disposal(:plan3); -- fail
RESET SESSION AUTHORIZATION;
SELECT count(*) AS nothing_half_done FROM soc2.subject_keys WHERE subject IN ('pers:3', 'pers:8', 'pers:9');
SELECT count(*) AS none FROM soc2.shreds WHERE plan_id IN (:plan9, :plan3);
SET SESSION AUTHORIZATION regress_shred_keeper2;
CALL soc2.run_disposal(:plan8);
SELECT wrapping_key, state, receipt FROM soc2.subject_key_status WHERE plan_id = :plan8;
SELECT c ->> 'method' AS method, c #>> '{keys,0,receipt}' AS receipt, c -> 'purge' ->> 'claimed' AS purge,
    (SELECT array_agg(x -> 'met') FROM jsonb_array_elements(c #> '{purge,conditions}') AS x) AS met,
    c ->> 'limits' ~ 'PITR|backups' AS limits, c #>> '{set_hash,equal}' AS equal
FROM soc2.certificate(:plan8) AS c;
SET SESSION AUTHORIZATION regress_shred_keeper;
SELECT soc2.validate_disposal(:plan8, 'effective', 'asked the clients');
SELECT c -> 'purge' ->> 'claimed' AS purge FROM soc2.certificate(:plan8) AS c;
SET SESSION AUTHORIZATION regress_shred_keeper2;
SELECT (SELECT array_agg(x -> 'met') FROM jsonb_array_elements(c #> '{purge,conditions}') AS x) AS met
FROM soc2.certificate(:plan) AS c;
SELECT soc2.validate_disposal(:plan, 'effective', 'but for the wrapping key');
SELECT c -> 'purge' ->> 'claimed' AS purge FROM soc2.certificate(:plan) AS c;
SELECT level, reached FROM soc2.verify_disposal(:plan) WHERE level IN ('L1', 'L5');

--
-- After a restore
--
SELECT soc2.export_shreds() AS shreds \gset
SELECT jsonb_array_length(:'shreds') AS exported, :'shreds' ~ 'pers:' AS subjects_told;
SELECT soc2.reapply_shreds('{}'); -- fail
SELECT soc2.reapply_shreds('[{}]'); -- fail
SELECT soc2.reapply_shreds('["x"]'); -- fail
RESET SESSION AUTHORIZATION;
SELECT key_id AS key4 FROM soc2.subject_keys WHERE subject = 'pers:4' \gset
SET SESSION AUTHORIZATION regress_shred_keeper;
-- nobody makes it destroy another key
SELECT soc2.reapply_shreds(jsonb_set(:'shreds', '{0,key_id}', to_jsonb(:'key4'::text))); -- fail
SELECT outcome, count(*) FROM soc2.reapply_shreds(:'shreds') GROUP BY 1;
SELECT outcome, count(*) FROM soc2.reapply_shreds() GROUP BY 1;
-- nor in the list of all disposals
SELECT relation, listed, back, due, problem FROM soc2.reapply_disposals(jsonb_build_object('format', 'soc2-shred-1',
    'shred', jsonb_set(:'shreds'::jsonb -> 0, '{key_id}', to_jsonb(:'key4'::text))));
SELECT soc2.reapply_disposals('{"format": "soc2-shred-1", "shred": []}'); -- fail
SELECT relation, sum(listed) = jsonb_array_length(:'shreds') AS listed, sum(back) AS back, count(plan) AS plans
FROM soc2.reapply_disposals((SELECT jsonb_agg(e) FROM soc2.export_disposals('-infinity') AS e WHERE e ->> 'format' = 'soc2-shred-1')) GROUP BY 1;
-- the key of 4 is destroyed, and comes back
RESET SESSION AUTHORIZATION;
CREATE TABLE backup AS SELECT * FROM soc2.subject_keys WHERE subject = 'pers:4';
SET SESSION AUTHORIZATION regress_shred_keeper;
CALL soc2.run_disposal(:plan4);
RESET SESSION AUTHORIZATION;
INSERT INTO soc2.subject_keys SELECT * FROM backup;
SELECT subject, state FROM soc2.subject_key_status WHERE key_id = :'key4';
SELECT soc2.open_subject_key('pers:4', :'secret_key'); -- fail
SET SESSION AUTHORIZATION regress_shred_keeper;
SELECT soc2.place_hold('shreds', subject => 'pers:4') AS hold \gset
SELECT outcome FROM soc2.reapply_shreds() WHERE key_id = :'key4';
SELECT soc2.release_hold(:hold, 'over', '0') IS NOT NULL AS released;
SELECT outcome FROM soc2.reapply_shreds() WHERE key_id = :'key4';
SELECT outcome FROM soc2.reapply_shreds() WHERE key_id = :'key4';
RESET SESSION AUTHORIZATION;
SELECT count(*) AS left FROM soc2.subject_keys WHERE subject = 'pers:4';

--
-- What was recorded
--
SELECT payload ->> 'action' AS action, recorded_by, count(*) > 0 AS recorded FROM soc2.evidence WHERE kind = 'key' GROUP BY 1, 2 ORDER BY 1, 2;
SELECT count(*) AS subjects_told FROM soc2.evidence WHERE kind IN ('key', 'disposal') AND payload::text || coalesce(subject, '') ~ 'pers:';
SELECT * FROM soc2.verify_ledger('soc2.evidence');
-- disposal of other tables is not touched by it
SELECT soc2.revoke_disposal(:plan3, 'end'), soc2.revoke_disposal(:plan5, 'end'), soc2.revoke_disposal(:plan9, 'end');

SET client_min_messages = warning;
BEGIN;
GRANT soc2_bypass TO CURRENT_USER;
SET LOCAL soc2.bypass = 'end of the test';
DROP SCHEMA regress_shred CASCADE;
REVOKE soc2_bypass FROM CURRENT_USER;
COMMIT;
DROP SCHEMA "Kms "" x" CASCADE;
DROP OWNED BY regress_shred_owner, regress_shred_admin, regress_shred_keeper, regress_shred_keeper2, regress_shred_kms;
DROP ROLE regress_shred_owner, regress_shred_admin, regress_shred_keeper, regress_shred_keeper2, regress_shred_kms;
