/**
 * List prices of us-east-1 in US dollars, without free tiers and discounts. DynamoDB's and Lambda's were looked up in
 * {@link PRICES_AS_OF}; the others were not looked up again. Check the pages before you buy.
 */
export const PRICES_AS_OF = '2026-11';

/** @param source page below aws.amazon.com that states the price */
const price = (dollars: number, source: string) => ({ dollars, source: `https://aws.amazon.com/${source}` });

export const PRICES = {
  shardHour: price(0.015, 'kinesis/data-streams/pricing/'),
  /** Per unit of 25 KB, rounded up. */
  putUnit: price(0.014 / 1e6, 'kinesis/data-streams/pricing/'),
  onDemandStreamHour: price(0.04, 'kinesis/data-streams/pricing/'),
  onDemandGbIn: price(0.08, 'kinesis/data-streams/pricing/'),
  onDemandGbOut: price(0.04, 'kinesis/data-streams/pricing/'),
  fanOutShardHour: price(0.015, 'kinesis/data-streams/pricing/'),
  fanOutGb: price(0.013, 'kinesis/data-streams/pricing/'),
  onDemandFanOutGb: price(0.05, 'kinesis/data-streams/pricing/'),
  readUnit: price(0.125 / 1e6, 'dynamodb/pricing/on-demand/'),
  writeUnit: price(0.625 / 1e6, 'dynamodb/pricing/on-demand/'),
  tableGbMonth: price(0.25, 'dynamodb/pricing/on-demand/'),
  backupGbMonth: price(0.2, 'dynamodb/pricing/on-demand/'),
  lambdaGbSecond: price(0.000_013_333_4, 'lambda/pricing/'),
  lambdaRequest: price(0.2 / 1e6, 'lambda/pricing/'),
  firehoseGb: price(0.029, 'firehose/pricing/'),
  s3GbMonth: price(0.023, 's3/pricing/'),
  s3Put: price(0.005 / 1e3, 's3/pricing/'),
  s3Get: price(0.000_4 / 1e3, 's3/pricing/'),
  keyMonth: price(1, 'kms/pricing/'),
  keyRequest: price(0.03 / 1e4, 'kms/pricing/'),
  balancerHour: price(0.0225, 'elasticloadbalancing/pricing/'),
  balancerUnitHour: price(0.008, 'elasticloadbalancing/pricing/'),
  /** c7g.large: two Graviton3 cores and 4 GiB. */
  instanceHour: price(0.0725, 'ec2/pricing/on-demand/'),
  diskGbMonth: price(0.08, 'ebs/pricing/'),
  endpointHour: price(0.01, 'privatelink/pricing/'),
  endpointGb: price(0.01, 'privatelink/pricing/'),
  logGb: price(0.5, 'cloudwatch/pricing/'),
  metricMonth: price(0.3, 'cloudwatch/pricing/'),
  alarmMonth: price(0.1, 'cloudwatch/pricing/'),
  compositeAlarmMonth: price(0.5, 'cloudwatch/pricing/'),
  dashboardMonth: price(3, 'cloudwatch/pricing/'),
  aclMonth: price(5, 'waf/pricing/'),
  aclRuleMonth: price(1, 'waf/pricing/'),
  aclRequest: price(0.6 / 1e6, 'waf/pricing/'),
  cognitoPlusUser: price(0.02, 'cognito/pricing/'),
  httpApiRequest: price(1 / 1e6, 'api-gateway/pricing/'),
  snsFifoPublish: price(0.3 / 1e6, 'sns/pricing/'),
  snsFifoGb: price(0.017, 'sns/pricing/'),
  sqsRequest: price(0.4 / 1e6, 'sqs/pricing/'),
  sqsFifoRequest: price(0.5 / 1e6, 'sqs/pricing/'),
  /** To Europe and North America. */
  cloudFrontGb: price(0.085, 'cloudfront/pricing/'),
  cloudFrontRequest: price(0.01 / 1e4, 'cloudfront/pricing/'),
  /** t4g.small: two burstable Graviton2 cores and 2 GiB. */
  consoleInstanceHour: price(0.0168, 'ec2/pricing/on-demand/'),
  /** Single zone, SSD. */
  openZfsGbMonth: price(0.09, 'fsx/openzfs/pricing/'),
  openZfsThroughputMonth: price(0.26, 'fsx/openzfs/pricing/'),
} as const;

/** A line of the bill, per month. */
export interface BillLine {
  service: string;
  what: string;
  units: number;
  dollars: number;
}

export function line(service: string, what: string, units: number, { dollars }: { dollars: number }): BillLine {
  return { service, what, units, dollars: units * dollars };
}
