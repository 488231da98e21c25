// code-server 4.100 ships no native part of argon2; only hashed passwords need it, and the test host has none.
'use strict'
exports.argon2i = 1
exports.hash = exports.verify = () => Promise.reject(new Error('argon2 is not available in the test host'))
