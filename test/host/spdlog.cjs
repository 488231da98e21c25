// What @vscode/spdlog's native part does, which an installation without a compiler lacks: it writes the log files.
'use strict'
const fs = require('node:fs')
const path = require('node:path')

const LEVELS = ['trace', 'debug', 'info', 'warning', 'error', 'critical']
let globalLevel = LEVELS.indexOf('info')

class Logger {
  constructor(file) {
    this.level = globalLevel
    this.raw = false
    fs.mkdirSync(path.dirname(file), { recursive: true })
    this.file = fs.openSync(file, 'a')
  }
  write(level, message) {
    if (level < this.level || this.file === undefined) return
    const time = new Date().toISOString().replace('T', ' ').replace('Z', '')
    fs.writeSync(this.file, this.raw ? String(message) : `${time} [${LEVELS[level]}] ${message}\n`)
  }
  trace(message) {
    this.write(0, message)
  }
  debug(message) {
    this.write(1, message)
  }
  info(message) {
    this.write(2, message)
  }
  warn(message) {
    this.write(3, message)
  }
  error(message) {
    this.write(4, message)
  }
  critical(message) {
    this.write(5, message)
  }
  getLevel() {
    return this.level
  }
  setLevel(level) {
    this.level = level
  }
  flush() {}
  setPattern() {}
  clearFormatters() {
    this.raw = true
  }
  drop() {
    if (this.file === undefined) return
    fs.closeSync(this.file)
    this.file = undefined
  }
}

exports.version = 0
exports.Logger = Logger
exports.setLevel = (level) => {
  globalLevel = level
}
exports.setFlushOn = () => {}
exports.shutdown = () => {}
exports.createRotatingLogger = async (_name, file) => new Logger(file)
exports.createAsyncRotatingLogger = exports.createRotatingLogger
exports.createRotatingLoggerSync = (_name, file) => new Logger(file)
