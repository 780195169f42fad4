\echo '== The extension'
SELECT extname, extversion FROM pg_extension WHERE extname = 'soc2';
