/** The plot of an overload drill as SVG: what is offered against what is served. */
import { init } from 'echarts'
import type { Summary } from '../../src/cli/overload/findings.ts'

const SIZE = { width: 760, height: 460 }

/** By load, goodput as a part of the peak; the line that the design wants is dashed. */
export function plotOf(summaries: readonly Summary[], minShare: number): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...SIZE })
  const steps = summaries[0]?.steps.map(({ step }) => `${step} ×`) ?? []
  const shareOf = (rate: number, { peak }: Summary): number => Number((rate / peak).toFixed(3))
  chart.setOption({
    animation: false,
    backgroundColor: '#fff',
    title: { text: 'Goodput under overload', left: 'center' },
    legend: { bottom: 0 },
    grid: { left: 64, right: 24, top: 48, bottom: 116 },
    xAxis: {
      type: 'category',
      data: steps,
      name: 'offered, as a multiple of the capacity',
      nameLocation: 'middle',
      nameGap: 28,
    },
    yAxis: {
      type: 'value',
      name: 'served, as a part of the peak',
      nameLocation: 'middle',
      nameGap: 44,
      min: 0,
    },
    series: [
      ...summaries.map((summary) => ({
        name: summary.name,
        type: 'line' as const,
        data: summary.steps.map(({ goodput }) => shareOf(goodput, summary)),
      })),
      ...summaries.filter(refuses).map((summary) => ({
        name: `${summary.name}, refused`,
        type: 'line' as const,
        lineStyle: { type: 'dotted' as const },
        data: summary.steps.map(({ refusedPerSecond }) => shareOf(refusedPerSecond, summary)),
      })),
      {
        name: 'wanted',
        type: 'line',
        symbol: 'none',
        lineStyle: { type: 'dashed', color: '#999' },
        itemStyle: { color: '#999' },
        data: steps.map(() => minShare),
      },
    ],
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return svg
}

const refuses = ({ steps }: Summary): boolean => steps.some(({ refusedPerSecond }) => refusedPerSecond > 0)
