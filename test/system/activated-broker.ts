import { setTimeout as delay } from 'node:timers/promises'
import { startStandInBroker } from '../support/stand-in-broker.ts'

// A stand-in broker that the bus starts, and that takes its time: the milliseconds that it is given.
void delay(Number(process.argv[2])).then(() => startStandInBroker(process.env['DBUS_SESSION_BUS_ADDRESS'] ?? ''))
