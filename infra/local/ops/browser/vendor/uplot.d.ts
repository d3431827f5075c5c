// The page's server has uPlot's own ES module at this place (infra/local/ops/assets.ts).
import uPlot from 'uplot';

export default uPlot;
