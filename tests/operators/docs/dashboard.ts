// The types of Grafana for a dashboard as it is written in JSON. They are stricter than those of the package, which take
// any options for any panel: here each kind of panel has its own.
import type {
    AnnotationQuery,
    Dashboard,
    DataQuery,
    DataSourceRef,
    FieldConfig,
    GraphFieldConfig,
    Panel,
} from "@grafana/schema";
import type { Options as BarGauge } from "@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen";
import type { Options as Stat } from "@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen";
import type {
    FieldConfig as StateTimelineField,
    Options as StateTimeline,
} from "@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen";
import type { Options as TimeSeries } from "@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen";

/** A query of Prometheus, of which the package has no type. */
interface Query extends DataQuery {
    expr: string;
    legendFormat?: string;
    instant?: boolean;
    range?: boolean;
    interval?: string;
}

interface Drawn<Kind extends string, Options, Custom>
    extends Omit<Panel, "type" | "datasource" | "fieldConfig" | "options" | "targets"> {
    id: number;
    type: Kind;
    title: string;
    description: string;
    datasource: DataSourceRef;
    gridPos: NonNullable<Panel["gridPos"]>;
    targets: Query[];
    fieldConfig: {
        defaults: Omit<FieldConfig, "custom"> & { custom?: Custom };
        overrides: NonNullable<Panel["fieldConfig"]>["overrides"];
    };
    options: Options;
}

interface Strict extends Omit<Dashboard, "annotations" | "panels"> {
    annotations: { list: AnnotationQuery<Query>[] };
    panels: (
        | Drawn<"bargauge", BarGauge, never>
        | Drawn<"stat", Stat, never>
        | Drawn<"state-timeline", StateTimeline, StateTimelineField>
        | Drawn<"timeseries", TimeSeries, GraphFieldConfig>
    )[];
}

/** The words of JSON for a type: the value of an enum in place of its name. */
type Written<T> = unknown extends T
    ? T
    : T extends string
      ? `${T}`
      : T extends number | boolean | null | undefined
        ? T
        : T extends (infer Item)[]
          ? Written<Item>[]
          : { [Name in keyof T]: Written<T[Name]> };

export type WrittenDashboard = Written<Strict>;
