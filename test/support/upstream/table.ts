import { bodyRows } from './faults-body.ts'
import { codingRows } from './faults-coding.ts'
import { connectionRows } from './faults-connection.ts'
import { framingRows } from './faults-framing.ts'
import { headerRows } from './faults-headers.ts'
import { jsonRows } from './faults-json.ts'
import { statusRows } from './faults-status.ts'
import { timeRows } from './faults-time.ts'
import { plainRows } from './plain.ts'
import type { Row } from './row.ts'

/** All behaviours of the scripted upstream, by path. */
export const rows: readonly Row[] = [
  ...plainRows,
  ...statusRows,
  ...timeRows,
  ...connectionRows,
  ...headerRows,
  ...framingRows,
  ...bodyRows,
  ...codingRows,
  ...jsonRows,
]
