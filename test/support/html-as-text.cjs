// Lets tests import pages as text, as the bundler does.
const { readFileSync } = require('node:fs')

require.extensions['.html'] = (module, file) => {
  module.exports = readFileSync(file, 'utf8')
}
