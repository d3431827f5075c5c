/** Regions with prices. `npm run cost` refuses the others. */
export const PRICED_REGIONS = ['eu-central-1', 'eu-west-1', 'us-east-1', 'us-east-2', 'us-west-2'] as const;

export type Region = (typeof PRICED_REGIONS)[number];

/** Month in which the prices were collected. Check AWS's pages before you buy. */
export const PRICES_AS_OF = '2026-11';

/**
 * Factor on the price of us-east-1 where AWS's price for a region was not found; such a price is marked as estimated.
 * The prices of Ireland that were found are 0 to 14 % higher, those of Frankfurt 0 to 26 %. Ohio and Oregon usually
 * cost the same as Virginia, which was not checked price by price.
 */
const ESTIMATE: Readonly<Record<Region, number>> = {
  'us-east-1': 1,
  'us-east-2': 1,
  'us-west-2': 1,
  'eu-west-1': 1.12,
  'eu-central-1': 1.2,
};

interface ListPrice {
  /** US dollars, by region. Missing regions are estimated. */
  dollars: { 'us-east-1': number } & Partial<Record<Region, number>>;
  /** AWS's page for the price. */
  source: string;
}

/** @param page below aws.amazon.com */
const price = (page: string, virginia: number, others: Partial<Record<Region, number>> = {}): ListPrice => ({
  dollars: { 'us-east-1': virginia, ...others },
  source: `https://aws.amazon.com/${page}`,
});

/** A price that AWS states once, for all regions. */
const worldwide = (page: string, dollars: number): ListPrice =>
  price(page, dollars, Object.fromEntries(PRICED_REGIONS.map((region) => [region, dollars])));

/** A price per million, in Virginia, Ireland and Frankfurt. */
const millions = (page: string, virginia: number, ireland: number, frankfurt: number): ListPrice =>
  price(page, virginia / 1e6, { 'eu-west-1': ireland / 1e6, 'eu-central-1': frankfurt / 1e6 });

const inEurope = (page: string, virginia: number, ireland: number, frankfurt: number): ListPrice =>
  price(page, virginia, { 'eu-west-1': ireland, 'eu-central-1': frankfurt });

const inFrankfurt = (page: string, virginia: number, frankfurt: number): ListPrice =>
  price(page, virginia, { 'eu-central-1': frankfurt });

/**
 * List prices in US dollars, without free tiers and discounts.
 *
 * AWS's pages draw their price tables by script, so their stored copies hold none. The prices were read in public
 * documents that quote AWS's price list files: DynamoDB of 2026-08-15, S3 of 2026-08-07, CloudWatch of 2026-08-06, VPC
 * of 2026-07-24, load balancers, data transfer and EC2 (Virginia) of 2026-07-20, SQS of 2025-08-28; EBS and t4g in
 * Frankfurt and Kinesis in Frankfurt of 2026; Infracost's recorded prices for the rest of Virginia. The table class
 * Standard-IA with provisioned capacity, Firehose, SNS, Cognito, network load balancers, and provisioned capacity in
 * Ireland were not found there and are as known from AWS's pages.
 */
const LIST = {
  shardHour: inFrankfurt('kinesis/data-streams/pricing/', 0.015, 0.018),
  /** Per unit of 25 KB, rounded up. */
  putUnit: inFrankfurt('kinesis/data-streams/pricing/', 0.014 / 1e6, 0.0175 / 1e6),
  onDemandStreamHour: price('kinesis/data-streams/pricing/', 0.04),
  onDemandGbIn: price('kinesis/data-streams/pricing/', 0.08),
  onDemandGbOut: price('kinesis/data-streams/pricing/', 0.04),
  fanOutShardHour: price('kinesis/data-streams/pricing/', 0.015),
  fanOutGb: price('kinesis/data-streams/pricing/', 0.013),
  onDemandFanOutGb: price('kinesis/data-streams/pricing/', 0.05),
  readUnit: millions('dynamodb/pricing/on-demand/', 0.125, 0.1415, 0.1525),
  writeUnit: millions('dynamodb/pricing/on-demand/', 0.625, 0.705, 0.7625),
  tableGbMonth: inEurope('dynamodb/pricing/on-demand/', 0.25, 0.283, 0.306),
  /** Table class Standard-IA. */
  rareReadUnit: millions('dynamodb/pricing/on-demand/', 0.155, 0.177, 0.1905),
  rareWriteUnit: millions('dynamodb/pricing/on-demand/', 0.78, 0.885, 0.955),
  rareTableGbMonth: inEurope('dynamodb/pricing/on-demand/', 0.1, 0.1132, 0.1224),
  backupGbMonth: inEurope('dynamodb/pricing/on-demand/', 0.2, 0.22, 0.2448),
  readCapacityHour: inFrankfurt('dynamodb/pricing/provisioned/', 0.000_13, 0.000_158_6),
  writeCapacityHour: inFrankfurt('dynamodb/pricing/provisioned/', 0.000_65, 0.000_793),
  rareReadCapacityHour: price('dynamodb/pricing/provisioned/', 0.000_16),
  rareWriteCapacityHour: price('dynamodb/pricing/provisioned/', 0.000_81),
  lambdaGbSecond: worldwide('lambda/pricing/', 0.000_013_333_4),
  lambdaRequest: worldwide('lambda/pricing/', 0.2 / 1e6),
  /** Each record is rounded up to 5 KB. */
  firehoseGb: price('firehose/pricing/', 0.029),
  s3GbMonth: inEurope('s3/pricing/', 0.023, 0.023, 0.0245),
  s3Put: inEurope('s3/pricing/', 0.005 / 1e3, 0.005 / 1e3, 0.0054 / 1e3),
  s3Get: inEurope('s3/pricing/', 0.000_4 / 1e3, 0.000_4 / 1e3, 0.000_43 / 1e3),
  keyMonth: worldwide('kms/pricing/', 1),
  keyRequest: worldwide('kms/pricing/', 0.03 / 1e4),
  balancerHour: inEurope('elasticloadbalancing/pricing/', 0.0225, 0.0252, 0.027),
  balancerUnitHour: inEurope('elasticloadbalancing/pricing/', 0.008, 0.008, 0.008),
  networkBalancerHour: inEurope('elasticloadbalancing/pricing/', 0.0225, 0.0252, 0.027),
  networkBalancerUnitHour: inEurope('elasticloadbalancing/pricing/', 0.006, 0.006, 0.006),
  /** A public IPv4 address, in use or not. */
  addressHour: worldwide('vpc/pricing/', 0.005),
  /** To the internet, the first 10 TB of a month. */
  egressGb: inEurope('ec2/pricing/on-demand/', 0.09, 0.09, 0.09),
  /** c7g.large: two Graviton3 cores and 4 GiB. */
  instanceHour: price('ec2/pricing/on-demand/', 0.0725),
  diskGbMonth: inFrankfurt('ebs/pricing/', 0.08, 0.0952),
  endpointHour: inEurope('privatelink/pricing/', 0.01, 0.011, 0.012),
  endpointGb: inEurope('privatelink/pricing/', 0.01, 0.01, 0.01),
  logGb: inEurope('cloudwatch/pricing/', 0.5, 0.57, 0.63),
  logGbMonth: inEurope('cloudwatch/pricing/', 0.03, 0.03, 0.0324),
  metricMonth: worldwide('cloudwatch/pricing/', 0.3),
  alarmMonth: worldwide('cloudwatch/pricing/', 0.1),
  compositeAlarmMonth: worldwide('cloudwatch/pricing/', 0.5),
  dashboardMonth: worldwide('cloudwatch/pricing/', 3),
  aclMonth: worldwide('waf/pricing/', 5),
  aclRuleMonth: worldwide('waf/pricing/', 1),
  aclRequest: worldwide('waf/pricing/', 0.6 / 1e6),
  cognitoPlusUser: worldwide('cognito/pricing/', 0.02),
  httpApiRequest: price('api-gateway/pricing/', 1 / 1e6),
  snsFifoPublish: price('sns/pricing/', 0.3 / 1e6),
  snsFifoGb: price('sns/pricing/', 0.017),
  sqsRequest: worldwide('sqs/pricing/', 0.4 / 1e6),
  sqsFifoRequest: worldwide('sqs/pricing/', 0.5 / 1e6),
  /** To Europe and North America. */
  cloudFrontGb: worldwide('cloudfront/pricing/', 0.085),
  cloudFrontRequest: worldwide('cloudfront/pricing/', 0.01 / 1e4),
  /** t4g.small: two burstable Graviton2 cores and 2 GiB. */
  consoleInstanceHour: inFrankfurt('ec2/pricing/on-demand/', 0.0168, 0.0192),
  /** Single zone, SSD. */
  openZfsGbMonth: price('fsx/openzfs/pricing/', 0.09),
  openZfsThroughputMonth: price('fsx/openzfs/pricing/', 0.26),
} as const satisfies Record<string, ListPrice>;

export type PriceName = keyof typeof LIST;

export interface Price {
  /** US dollars. */
  dollars: number;
  /** Derived from the price of us-east-1, because AWS's price was not found. */
  estimated: boolean;
}

/** Looks up a price of one region. */
export type Prices = (name: PriceName) => Price;

/** AWS's pages with the prices. */
export const PRICE_PAGES: ReadonlySet<string> = new Set(Object.values(LIST).map(({ source }) => source));

export function isPriced(region: string): region is Region {
  return PRICED_REGIONS.some((priced) => priced === region);
}

export function pricesIn(region: Region): Prices {
  return (name) => {
    const { dollars }: ListPrice = LIST[name];
    const found = dollars[region];
    if (found !== undefined) return { dollars: found, estimated: false };
    return { dollars: dollars['us-east-1'] * ESTIMATE[region], estimated: true };
  };
}

/** A line of the bill, per month. */
export interface BillLine {
  service: string;
  what: string;
  units: number;
  dollars: number;
  /** Of {@link Price}. */
  estimated: boolean;
}

export function line(service: string, what: string, units: number, { dollars, estimated }: Price): BillLine {
  return { service, what, units, dollars: units * dollars, estimated };
}
