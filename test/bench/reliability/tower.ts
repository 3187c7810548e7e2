/** Where each disk stands, as one number: the peg (0, 1, 2) of disk i, the smallest first, times 3^i. */
export type Pegs = number

function pegOf(pegs: Pegs, disk: number): number {
  return Math.floor(pegs / 3 ** disk) % 3
}

function moved(pegs: Pegs, disk: number, to: number): Pegs {
  return pegs + (to - pegOf(pegs, disk)) * 3 ** disk
}

/** The smallest disk of each peg; the number of disks where the peg is empty. */
function tops(pegs: Pegs, disks: number): [number, number, number] {
  const top: [number, number, number] = [disks, disks, disks]
  let found = 0
  let rest = pegs
  for (let disk = 0; disk < disks && found < 3; disk++) {
    const peg = (rest % 3) as 0 | 1 | 2
    rest = Math.floor(rest / 3)
    if (top[peg] !== disks) continue
    top[peg] = disk
    found++
  }
  return top
}

/** Every position that one move leads to: of two pegs, the smaller top goes onto the other. */
export function legalMoves(pegs: Pegs, disks: number): readonly Pegs[] {
  const top = tops(pegs, disks)
  const moves: Pegs[] = []
  for (const [a, b] of [
    [0, 1],
    [0, 2],
    [1, 2],
  ] as const) {
    if (top[a] === top[b]) continue
    moves.push(top[a] < top[b] ? moved(pegs, top[a], b) : moved(pegs, top[b], a))
  }
  return moves
}

/** The right move: an odd one takes the smallest disk on round the pegs, an even one is the only other there is. */
export function rightMove(pegs: Pegs, number: number, disks: number): Pegs {
  const small = pegOf(pegs, 0)
  if (number % 2 === 1) return moved(pegs, 0, (small + 1) % 3)
  const top = tops(pegs, disks)
  const [a, b] = ([0, 1, 2] as const).filter((peg) => peg !== small) as [0 | 1 | 2, 0 | 1 | 2]
  if (top[a] === top[b]) return moved(pegs, 0, (small + 1) % 3)
  return top[a] < top[b] ? moved(pegs, top[a], b) : moved(pegs, top[b], a)
}
